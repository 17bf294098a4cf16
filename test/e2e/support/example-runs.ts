import { cpSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { SummaryJson } from '../../../src/report/summary-json.ts';
import { KatydidProcess } from '../../support/katydid-process.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import type { EndedProcess } from '../../support/watched-process.ts';
import { onTheWire, readSummary, type SummarizedRun, statusesOf } from './summarized-run.ts';

const TOKEN = 'a-secret-chosen-in-advance';

/** Runs at once: more than the cores, since most of a run is waiting. */
const MOST_AT_ONCE = 3;

/** A run of a load file that is over. */
export interface LoadFileRun extends SummarizedRun {
  /** Bytes of the run file. */
  readonly runFile: Buffer;
}

/** How a load file is run: by `run`, or by `master` and two `worker` processes in empty folders. */
export type RunMode = 'run' | 'master';

const OUTPUTS: readonly string[] = [
  ...['--headless', '--progress', '0', '--json', 'out.json', '--out', 'out.katydid'],
];

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
): Promise<LoadFileRun> {
  if (running >= MOST_AT_ONCE) await new Promise<void>((resolve) => queue.push(resolve));
  running += 1;
  using folder = new TempFolder();
  try {
    return mode === 'run'
      ? await runAlone(folder, loadfile, args)
      : await runDistributed(folder, loadfile, args);
  } finally {
    running -= 1;
    queue.shift()?.();
  }
}

async function runAlone(
  folder: TempFolder,
  loadfile: string,
  args: readonly string[],
): Promise<LoadFileRun> {
  const all = ['run', loadfile, '-w', '2', '--port', '0', ...args, ...OUTPUTS];
  using main = new KatydidProcess(all, { cwd: folder.path });
  return finished(folder, await main.exit);
}

async function runDistributed(
  folder: TempFolder,
  loadfile: string,
  args: readonly string[],
): Promise<LoadFileRun> {
  const scripts = folder.file('scripts');
  cpSync(dirname(loadfile), scripts, { recursive: true });
  const listening = ['--bind', '127.0.0.1', '--port', '0', '--token', TOKEN];
  const copy = join(scripts, basename(loadfile));
  const fleet = ['--expect-workers', '2', '--expect-workers-max-wait', '60'];
  const all = ['master', copy, ...listening, ...fleet, ...args, ...OUTPUTS];
  using master = new KatydidProcess(all, { cwd: folder.path });
  const [, port] = await master.said(/listening on 127\.0\.0\.1:(\d+)/);
  rmSync(scripts, { recursive: true });
  const workerIn = (name: string): KatydidProcess =>
    new KatydidProcess(['worker', `ws://127.0.0.1:${port}`, '--token', TOKEN], {
      cwd: folder.folder(name),
    });
  using one = workerIn('a');
  using two = workerIn('b');
  const ended = await master.exit;
  const workers = await Promise.all([one.exit, two.exit]);
  if (workers.some(({ status }) => status !== 0)) {
    const said = workers.map(({ status, stderr }) => `${status}\n${stderr}`);
    throw new TypeError(`workers ended with ${said.join('\n')}`);
  }
  return finished(folder, ended);
}

function finished(folder: TempFolder, ended: EndedProcess): LoadFileRun {
  return {
    ...readSummary(folder, ended),
    runFile: readFileSync(folder.file('out.katydid')),
  };
}

/**
 * What went on the wire by method and route, as katydid counts it: to be equal to the server's counts.
 */
export function sentByRoute(json: SummaryJson): Record<string, number> {
  const sent: Record<string, number> = {};
  for (const row of json.requests) {
    const route = routeOf(row);
    sent[route] = (sent[route] ?? 0) + onTheWire(row);
  }
  return sent;
}

/** Final answers of a method and route by status. */
export function statusesOfRoute(json: SummaryJson, route: string): Record<string, number> {
  return statusesOf(json.requests.filter((row) => routeOf(row) === route));
}

/** What stands behind a space in a name is not part of the route. */
function routeOf({ method, name }: SummaryJson['requests'][number]): string {
  return `${method} ${name.split(' ')[0]}`;
}
