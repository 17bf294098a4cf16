import { type ChildProcess, spawn } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = join(ROOT, 'src/cli/main.ts');
const TOKEN = 'a-secret-chosen-in-advance';

/** What is wrong with a run that takes longer is not that the machine is slow. */
const LONGEST_MS = 90_000;

/** Runs at once: more than the cores, since most of a run is waiting. */
const MOST_AT_ONCE = 3;

/** The parts of `--json` that examples are held against. */
export interface RunSummary {
  readonly run: { readonly stopReason: string };
  readonly ledger: { readonly sent: number };
  readonly requests: readonly {
    readonly method: string;
    readonly name: string;
    readonly requests: number;
    readonly failures: number;
    readonly notSent: number;
    readonly abandoned: number;
    readonly redirected: number;
    readonly unknown: number;
    readonly statuses: Readonly<Record<string, number>>;
  }[];
  readonly exceptions: readonly unknown[];
  readonly timeline: readonly { readonly users: number }[];
  readonly total: { readonly requests: number; readonly failures: number };
  readonly workers: readonly { readonly usersPeak: number }[];
}

/** A run that is over. */
export interface FinishedRun {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly summary: RunSummary;
  /** Bytes of the run file. */
  readonly runFile: Buffer;
}

/** How a load file is run: by `run`, or by `master` and two `worker` processes in empty folders. */
export type RunMode = 'run' | 'master';

let running = 0;
const queue: (() => void)[] = [];

/**
 * Runs a load file to its end, as a real process, in an empty folder.
 *
 * @param loadfile - Copied with its folder, which is gone before workers of a `master` start: they have
 *   nothing but what the master sends.
 * @param args - Besides those for the outputs.
 */
export async function runLoadFile(
  mode: RunMode,
  loadfile: string,
  args: readonly string[],
): Promise<FinishedRun> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => queue.push(resolve));
  running += 1;
  const folder = mkdtempSync(join(tmpdir(), 'katydid-example-'));
  try {
    return mode === 'run'
      ? await runAlone(folder, loadfile, args)
      : await runDistributed(folder, loadfile, args);
  } finally {
    rmSync(folder, { recursive: true, force: true });
    running -= 1;
    queue.shift()?.();
  }
}

async function runAlone(
  folder: string,
  loadfile: string,
  args: readonly string[],
): Promise<FinishedRun> {
  const main = start(folder, ['run', loadfile, '-w', '2', '--port', '0', ...args, ...outputs()]);
  const status = await main.ended;
  return finished(folder, status, main);
}

async function runDistributed(
  folder: string,
  loadfile: string,
  args: readonly string[],
): Promise<FinishedRun> {
  const scripts = join(folder, 'scripts');
  cpSync(dirname(loadfile), scripts, { recursive: true });
  const listening = ['--bind', '127.0.0.1', '--port', '0', '--token', TOKEN];
  const copy = join(scripts, basename(loadfile));
  const fleet = ['--expect-workers', '2', '--expect-workers-max-wait', '60'];
  const master = start(folder, ['master', copy, ...listening, ...fleet, ...args, ...outputs()]);
  const workers: Started[] = [];
  try {
    const port = await master.said(/listening on 127\.0\.0\.1:(\d+)/);
    rmSync(scripts, { recursive: true });
    for (const name of ['a', 'b']) {
      const home = join(folder, name);
      mkdirSync(home);
      workers.push(start(home, ['worker', `ws://127.0.0.1:${port}`, '--token', TOKEN]));
    }
    const status = await master.ended;
    const ends = await Promise.all(workers.map((worker) => worker.ended));
    if (ends.some((end) => end !== 0)) {
      throw new TypeError(`workers ended with ${ends.join(', ')}: ${workers[0]?.stderr()}`);
    }
    return finished(folder, status, master);
  } finally {
    for (const started of [master, ...workers]) started.kill();
  }
}

function outputs(): readonly string[] {
  return ['--headless', '--progress', '0', '--json', 'out.json', '--out', 'out.katydid'];
}

function finished(folder: string, status: number | null, main: Started): FinishedRun {
  let json: string;
  try {
    json = readFileSync(join(folder, 'out.json'), 'utf8');
  } catch (cause) {
    throw new TypeError(`no JSON, status ${status}\n${main.stderr()}`, { cause });
  }
  const runFile = readFileSync(join(folder, 'out.katydid'));
  const summary: RunSummary = JSON.parse(json);
  return { status, stdout: main.stdout(), stderr: main.stderr(), summary, runFile };
}

/** A katydid process that was started. */
interface Started {
  /** Its exit status. */
  readonly ended: Promise<number | null>;
  stdout(): string;
  stderr(): string;
  /** The first group of the first match in its standard error. */
  said(pattern: RegExp): Promise<string>;
  kill(): void;
}

function start(cwd: string, args: readonly string[]): Started {
  const { PATH } = process.env;
  // The sources, so that what is tested is what was edited; a build is tested with the package.
  const child: ChildProcess = spawn(process.execPath, [MAIN, ...args], {
    cwd,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { PATH, HOME: cwd },
    // A group of its own, so that nothing is left of it at the end.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  const listeners = new Set<() => void>();
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const listener of listeners) listener();
  });
  const kill = (): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    } catch {
      // Gone already, which is the aim.
    }
  };
  const deadline = setTimeout(kill, LONGEST_MS);
  const ended = new Promise<number | null>((resolve) => {
    child.once('close', (status) => {
      clearTimeout(deadline);
      resolve(status);
    });
  });
  const said = (pattern: RegExp): Promise<string> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = pattern.exec(stderr)?.[1];
        if (found !== undefined) resolve(found);
      };
      listeners.add(look);
      look();
      void ended.then((status) =>
        reject(new TypeError(`ended with ${status} before ${pattern}\n${stderr}`)),
      );
    });
  return { ended, stdout: () => stdout, stderr: () => stderr, said, kill };
}

/**
 * What went on the wire by method and route, as katydid counts it: to be equal to the server's counts.
 * What stands behind a space in a name is not part of the route.
 */
export function sentByRoute(summary: RunSummary): Record<string, number> {
  const sent: Record<string, number> = {};
  for (const row of summary.requests) {
    const route = `${row.method} ${row.name.split(' ')[0]}`;
    const onTheWire = row.requests - row.notSent + row.abandoned + row.redirected + row.unknown;
    sent[route] = (sent[route] ?? 0) + onTheWire;
  }
  return sent;
}

/** Final answers by method and route, then by status. */
export function statusesByRoute(summary: RunSummary): Record<string, Record<string, number>> {
  const byRoute: Record<string, Record<string, number>> = {};
  for (const { method, name, statuses } of summary.requests) {
    const route = `${method} ${name.split(' ')[0]}`;
    byRoute[route] ??= {};
    const all = byRoute[route];
    for (const [status, count] of Object.entries(statuses))
      all[status] = (all[status] ?? 0) + count;
  }
  return byRoute;
}
