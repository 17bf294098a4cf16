import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';

/** Core for the generator under test. */
export const GENERATOR_CORE = 0;
/** Core for everything else: server, master, the bench itself. */
export const SERVER_CORE: number = availableParallelism() > 1 ? 1 : 0;

const MAX_OUTPUT_CHARS = 1_000_000;
/** Of the output in an error: its end. */
const MAX_SHOWN_CHARS = 2000;
/** Time for a process to end by itself after SIGTERM. */
const TERM_GRACE_MS = 5000;
/** Files that a process may open: 50,000 connections and some. */
const WANTED_FILES = 66_000;

/** How many files a process that is started here may open. */
export function maxOpenFiles(): number {
  const script = `ulimit -n ${WANTED_FILES} 2>/dev/null || ulimit -n "$(ulimit -H -n)"; ulimit -n`;
  return Number(execFileSync('sh', ['-c', script], { encoding: 'utf8' }));
}

/** What a process is started with. */
export interface PinnedOptions {
  readonly core: number;
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** A child that runs on one core only. */
export class PinnedProcess {
  readonly pid: number;
  /** Resolves with the exit status; `null` after a signal. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  #output = '';

  constructor(command: string, args: readonly string[], options: PinnedOptions) {
    // `ulimit` and `taskset` exec what follows: the pid is the command's own.
    const script = `ulimit -n ${WANTED_FILES} 2>/dev/null || ulimit -n "$(ulimit -H -n)"; exec taskset -c "$0" "$@"`;
    this.#child = spawn('sh', ['-c', script, String(options.core), command, ...args], {
      stdio: ['ignore', 'pipe', 'pipe'],
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
    });
    this.pid = this.#child.pid ?? -1;
    this.ended = once(this.#child, 'exit').then(() => this.#child.exitCode);
    // A command that is not there: `ended` rejects where it is awaited, and nowhere else.
    this.ended.catch(() => undefined);
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => {
        if (this.#output.length < MAX_OUTPUT_CHARS) this.#output += text;
      });
    }
  }

  /** What it printed so far, both streams. */
  get output(): string {
    return this.#output;
  }

  /** Whether it has not ended. */
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Asks it to end, and makes it end where it does not. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.isRunning) return;
    this.#child.kill(signal);
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), TERM_GRACE_MS);
    await this.ended;
    clearTimeout(impatience);
  }
}

/** Resolves after `delayMs`. */
export function pause(delayMs: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, delayMs);
  });
}

/**
 * Asks `isThere` every few milliseconds until it is true.
 *
 * @param what - Named in the error.
 * @param process - Where it ends first, waiting is in vain.
 * @throws {Error} After `limitMs`, or where `process` has ended, with what it printed.
 */
export async function waitUntil(
  what: string,
  isThere: () => boolean | Promise<boolean>,
  limitMs: number,
  process?: PinnedProcess,
): Promise<void> {
  const endMs = performance.now() + limitMs;
  while (!(await isThere())) {
    const isGone = process !== undefined && !process.isRunning;
    if (isGone || performance.now() > endMs) {
      throw new Error(
        `${what}: ${isGone ? 'the process ended' : `not within ${limitMs} ms`}\n${process?.output.slice(-MAX_SHOWN_CHARS) ?? ''}`,
      );
    }
    await pause(20);
  }
}
