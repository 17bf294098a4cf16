import {
  cpuSecondsOf,
  rssBytesOf,
  threadCpuSecondsOf,
} from '../../test/support/process-figures.ts';
import { pause, until } from '../../test/support/until.ts';
import { type BenchRow, reportBench } from '../harness/bench-report.ts';
import { KatydidProcesses } from '../harness/katydid-process.ts';
import { SimulatedWorker } from '../harness/simulated-worker.ts';

const WORKERS = 200;
const NAMES = 100;
const GOAL_PER_CORE_SECOND = 10_000;
/** Growth of memory from the first half of the measurement to the second that still counts as flat. */
const FLAT_RATIO = 1.1;
const SAMPLES = 10;
const SAMPLE_MS = 2000;
const WARM_UP_MS = 5000;

/** Intervals of 100 names that a master process receives, stores and acknowledges, per second of CPU. */
export async function benchMaster(): Promise<void> {
  const run = await KatydidProcesses.start({
    loadfile: 'idle',
    host: 'http://127.0.0.1:9',
    users: WORKERS,
    simulatedWorkers: WORKERS,
  });
  const workers = Array.from({ length: WORKERS }, (_, index) => new SimulatedWorker(index, NAMES));
  try {
    // One after the other: a handshake has a time limit, and all at once would take longer.
    for (const worker of workers) await worker.join(run.url);
    const stored = (): number => workers.reduce((sum, worker) => sum + worker.stored, 0);
    await until('intervals', () => stored() >= WORKERS, {
      longestMs: 60_000,
      of: run.master,
    });
    // The window of every worker is full, and everything is compiled.
    await pause(WARM_UP_MS);
    const before = {
      stored: stored(),
      cpu: cpuSecondsOf([run.master.pid]),
      threads: threadCpuSecondsOf(run.master.pid),
      atMs: performance.now(),
    };
    const memory: number[] = [];
    for (let sample = 0; sample < SAMPLES; sample += 1) {
      await pause(SAMPLE_MS);
      memory.push(rssBytesOf([run.master.pid]));
    }
    const lost = workers.find(({ lostBecause }) => lostBecause !== undefined);
    if (lost !== undefined) throw new Error(`the master dropped a worker: ${lost.lostBecause}`);
    const count = stored() - before.stored;
    const threads = threadCpuSecondsOf(run.master.pid);
    for (const [name, cpuBefore] of before.threads) {
      threads.set(name, (threads.get(name) ?? 0) - cpuBefore);
    }
    const cpuSeconds = cpuSecondsOf([run.master.pid]) - before.cpu;
    const seconds = (performance.now() - before.atMs) / 1000;
    reportBench('master', [
      ...rowsOf(count, cpuSeconds, seconds, memory),
      ...threadRows(count, threads),
    ]);
  } finally {
    for (const worker of workers) worker.leave();
    await run.kill();
  }
}

function rowsOf(
  count: number,
  cpuSeconds: number,
  seconds: number,
  memory: readonly number[],
): BenchRow[] {
  const perCoreSecond = count / cpuSeconds;
  const half = Math.floor(memory.length / 2);
  const peakOf = (part: readonly number[]): number => Math.max(...part);
  const growth = peakOf(memory.slice(half)) / peakOf(memory.slice(0, half));
  return [
    {
      case: `${WORKERS} workers, ${NAMES} names`,
      subject: 'master process',
      value: `${Math.round(perCoreSecond).toLocaleString('en')} intervals/core-second`,
      number: perCoreSecond,
      goal: `≥ ${GOAL_PER_CORE_SECOND.toLocaleString('en')}`,
      isMet: perCoreSecond >= GOAL_PER_CORE_SECOND,
      note: `${Math.round(count / seconds).toLocaleString('en')}/s at ${((cpuSeconds / seconds) * 100).toFixed(0)} % of a core`,
    },
    {
      case: 'memory',
      subject: 'master process',
      value: `${growth.toFixed(2)} ×`,
      number: growth,
      goal: `≤ ${FLAT_RATIO}`,
      isMet: growth <= FLAT_RATIO,
      note: `peak ${(peakOf(memory) / 1e6).toFixed(0)} MB; second half of ${count.toLocaleString('en')} intervals against the first`,
    },
  ];
}

/** Where the time goes: microseconds for an interval in each thread that has a share worth showing. */
function threadRows(count: number, threads: ReadonlyMap<string, number>): BenchRow[] {
  return [...threads]
    .map(([thread, cpuSeconds]) => ({ thread, us: (cpuSeconds * 1e6) / count }))
    .filter(({ us }) => us >= 1)
    .sort((a, b) => b.us - a.us)
    .map(({ thread, us }) => ({
      case: 'an interval',
      subject: `thread ${thread}`,
      value: `${us.toFixed(0)} µs`,
      number: us,
    }));
}
