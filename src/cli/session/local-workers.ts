import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Clock } from '../../base/clock.ts';
import { splitLines } from '../process/split-lines.ts';
import { WORKER_NODE_OPTIONS } from './worker-node-options.ts';

/** Time for a local worker to end by itself once the run is over. */
const EXIT_GRACE_MS = 2000;

/** Set for workers that a master starts itself: they leave Ctrl-C to it. */
export const LOCAL_WORKER_VARIABLE = 'KATYDID_INTERNAL_LOCAL_WORKER';

/** What local workers are started with. */
export interface LocalWorkersOptions {
  readonly clock: Clock;
  readonly count: number;
  readonly url: string;
  readonly token: string;
  readonly logLevel: string;
  readonly timeouts: {
    readonly joinSeconds: number;
    readonly orphanSeconds: number;
    readonly rejoinSeconds: number;
  };
  /** A line that a worker printed. */
  readonly onLine: (text: string) => void;
  readonly onExit: (pid: number, why: string) => void;
}

/** The worker processes that `run` starts on its own machine. */
export class LocalWorkers {
  readonly #options: LocalWorkersOptions;
  readonly #children: ChildProcess[] = [];

  /** Starts them all. */
  constructor(options: LocalWorkersOptions) {
    this.#options = options;
    for (let index = 0; index < options.count; index += 1) this.#start();
  }

  /** Waits until all have ended, and ends those that do not. */
  async close(): Promise<void> {
    const running = this.#children.filter(isRunning);
    const allGone = Promise.all(running.map((child) => once(child, 'exit')));
    const { clock } = this.#options;
    const impatience = clock.setTimer(EXIT_GRACE_MS, () => this.kill());
    await allGone;
    clock.clearTimer(impatience);
  }

  /** Ends those that still run, at once. */
  kill(): void {
    for (const child of this.#children.filter(isRunning)) child.kill('SIGKILL');
  }

  #start(): void {
    const { url, token, logLevel, timeouts, onLine, onExit } = this.#options;
    const args = [
      ...process.execArgv,
      ...WORKER_NODE_OPTIONS,
      process.argv[1] ?? '',
      'worker',
      url,
      ...['--loglevel', logLevel],
      ...['--join-timeout', String(timeouts.joinSeconds)],
      ...['--orphan-timeout', String(timeouts.orphanSeconds)],
      ...['--rejoin-timeout', String(timeouts.rejoinSeconds)],
    ];
    const child = spawn(process.execPath, args, {
      // A session of its own: signals of the terminal never reach it.
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...withoutOptions(process.env), KATYDID_TOKEN: token, [LOCAL_WORKER_VARIABLE]: '1' },
    });
    this.#children.push(child);
    splitLines(child.stdout, onLine);
    splitLines(child.stderr, onLine);
    child.once('error', (error) => onExit(-1, error.message));
    child.once('exit', (code, signal) => {
      onExit(child.pid ?? -1, signal === null ? `exited with ${code}` : `killed by ${signal}`);
    });
  }
}

/** The environment without this run's own options, which are for the master alone. */
function withoutOptions(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !name.startsWith('KATYDID_')));
}

function isRunning(child: ChildProcess): boolean {
  return child.exitCode === null && child.signalCode === null && child.pid !== undefined;
}
