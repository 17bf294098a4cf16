import { execFileSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { WatchedProcess } from '../../test/support/watched-process.ts';

/** Core for the generator under test. */
export const GENERATOR_CORE = 0;
/** Core for everything else: server, master, the bench itself. */
export const SERVER_CORE: number = availableParallelism() > 1 ? 1 : 0;

/** Files that a process may open: 50,000 connections and some. */
const WANTED_FILES = 66_000;
const RAISE_FILES = `ulimit -n ${WANTED_FILES} 2>/dev/null || ulimit -n "$(ulimit -H -n)"`;

/** How many files a process that is started here may open. */
export function maxOpenFiles(): number {
  return Number(execFileSync('sh', ['-c', `${RAISE_FILES}; ulimit -n`], { encoding: 'utf8' }));
}

/** What a process is started with. */
export interface PinnedOptions {
  readonly core: number;
  /** Besides the environment of the bench. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A process that runs on one core only, and may open many files. */
export class PinnedProcess extends WatchedProcess {
  constructor(command: string, args: readonly string[], { core, env, cwd }: PinnedOptions) {
    // `sh` and `taskset` become what follows: the pid is the command's own.
    const script = `${RAISE_FILES}; exec taskset -c "$0" "$@"`;
    super(['sh', '-c', script, String(core), command, ...args], {
      cwd,
      env: { ...process.env, ...env },
    });
  }
}
