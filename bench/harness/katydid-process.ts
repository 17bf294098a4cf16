import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SummaryJson } from '../../src/report/summary-json.ts';
import { freePorts } from './nginx-server.ts';
import { GENERATOR_CORE, PinnedProcess, SERVER_CORE } from './pinned-process.ts';

/** The command as users have it; `BENCH_KATYDID` measures another build. */
export const KATYDID: string =
  process.env['BENCH_KATYDID'] ?? fileURLToPath(new URL('../../bin/katydid', import.meta.url));

/** What workers join with. */
export const BENCH_TOKEN = 'a-secret-for-the-bench-only';

/** A run to measure. */
export interface KatydidRunOptions {
  /** Base name in bench/loadfiles, without extension. */
  readonly loadfile: string;
  readonly host: string;
  readonly users: number;
  /** Worker processes to start. @default 1 */
  readonly workers?: number;
  /** Workers that the bench itself plays, in place of real ones. */
  readonly simulatedWorkers?: number;
  /** `undefined`: what katydid chooses itself. */
  readonly engine?: string | undefined;
  /** Users a second; default: all at once. */
  readonly spawnRate?: number;
  /** Whether the statistics start again once all users run. */
  readonly resetStats?: boolean;
  readonly env?: Readonly<Record<string, string>>;
  /** Node's options for the workers, such as a profiler. */
  readonly workerNodeOptions?: string;
}

/**
 * A real distributed run: a master on the server's core, worker processes on the generator's, so that
 * what is read from the workers is the cost of the load alone.
 */
export class KatydidProcesses {
  readonly master: PinnedProcess;
  readonly workers: readonly PinnedProcess[];
  /** Where workers join. */
  readonly url: string;
  readonly #folder: string;

  private constructor(
    master: PinnedProcess,
    workers: readonly PinnedProcess[],
    url: string,
    folder: string,
  ) {
    this.master = master;
    this.workers = workers;
    this.url = url;
    this.#folder = folder;
  }

  /** Ids of the worker processes. */
  get workerPids(): number[] {
    return this.workers.map((worker) => worker.pid);
  }

  /** Starts master and workers; resolves when the master listens. */
  static async start(options: KatydidRunOptions): Promise<KatydidProcesses> {
    const folder = mkdtempSync(join(tmpdir(), 'katydid-bench-run-'));
    const [port = 0] = await freePorts(1);
    const { users, spawnRate = users, engine, env = {}, host, simulatedWorkers = 0 } = options;
    const { workers = simulatedWorkers > 0 ? 0 : 1 } = options;
    const url = `ws://127.0.0.1:${port}`;
    const environment = { KATYDID_TOKEN: BENCH_TOKEN };
    const master = new PinnedProcess(
      KATYDID,
      [
        'master',
        fileURLToPath(new URL(`../loadfiles/${options.loadfile}.ts`, import.meta.url)),
        ...['--headless', '--only-summary', '--bind', '127.0.0.1', '--port', String(port)],
        ...['-H', host, '-u', String(users), '-r', String(spawnRate)],
        ...['--expect-workers', String(workers + simulatedWorkers), '--stop-timeout', '1'],
        ...['--out', join(folder, 'run.katydid'), '--json', join(folder, 'summary.json')],
        ...Object.entries(env).flatMap(([name, value]) => ['-e', `${name}=${value}`]),
        ...(engine === undefined ? [] : ['--http-engine', engine]),
        ...(options.resetStats === true ? ['--reset-stats'] : []),
      ],
      { core: SERVER_CORE, env: environment },
    );
    await master.said(/listening/);
    const workerEnv = { ...environment, NODE_OPTIONS: options.workerNodeOptions ?? '' };
    const started = Array.from(
      { length: workers },
      () =>
        new PinnedProcess(KATYDID, ['worker', url], {
          core: GENERATOR_CORE,
          env: workerEnv,
          cwd: folder,
        }),
    );
    return new KatydidProcesses(master, started, url, folder);
  }

  /** Ends everything at once; nothing is written. */
  async kill(): Promise<void> {
    await Promise.all([this.master, ...this.workers].map((each) => each.stop('SIGKILL')));
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Stops the run gracefully and reads its summary; everything it wrote is removed. */
  async finish(): Promise<SummaryJson> {
    await this.master.stop('SIGTERM');
    await Promise.all(this.workers.map((worker) => worker.stop('SIGTERM')));
    try {
      // Written by katydid with the schema of its contract.
      return JSON.parse(readFileSync(join(this.#folder, 'summary.json'), 'utf8')) as SummaryJson;
    } catch (cause) {
      throw new Error(`katydid wrote no summary:\n${this.master.stderr}`, { cause });
    } finally {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }
}

/** The engines that this build lets one choose; `[undefined]` where it has only one. */
export function katydidEngines(): (string | undefined)[] {
  const help = execFileSync(KATYDID, ['master', '--help'], { encoding: 'utf8' });
  return help.includes('--http-engine') ? ['raw', 'undici'] : [undefined];
}
