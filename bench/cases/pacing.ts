import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { SummaryJson } from '../../src/report/summary-json.ts';
import { cpuSecondsOf } from '../../test/support/process-figures.ts';
import { pause } from '../../test/support/until.ts';
import { type BenchRow, reportBench } from '../harness/bench-report.ts';
import { interleaved, median, spreadRatio } from '../harness/figures.ts';
import { KatydidProcesses, katydidEngines } from '../harness/katydid-process.ts';
import { NginxServer } from '../harness/nginx-server.ts';
import { requireTool } from '../harness/peers.ts';
import { GENERATOR_CORE } from '../harness/pinned-process.ts';

const USERS = 100;
const ROUNDS = 2;
const MEASURED_MS = 5000;
const GOAL_LAG_MS = 0.5;
const GOAL_OWN_DELAY_MS = 2;
/** Pause of 100 users after each answer that makes about half a core of load. */
const THINK_MS = 4;

/** From one user's start to the next: paced users that start at multiples of their period stay in step. */
const SPAWN_DISTANCE_MS = 30.1;
const JOIN_MS = 2000;

interface Paced {
  readonly summary: SummaryJson;
  readonly requestsPerSec: number;
  readonly utilization: number;
}

/** How late paced iterations start, and how much later than wrk katydid sees answers at half load. */
export async function benchPacing(): Promise<void> {
  const server = await NginxServer.start();
  try {
    const [engine] = katydidEngines();
    const rows: BenchRow[] = [];
    for (const startsPerSec of [100, 1000, 10_000]) {
      rows.push(await lateness(server, engine, startsPerSec));
    }
    rows.push(...(await ownDelay(server, engine)));
    reportBench('pacing', rows);
  } finally {
    await server.close();
  }
}

async function lateness(
  server: NginxServer,
  engine: string | undefined,
  startsPerSec: number,
): Promise<BenchRow> {
  const perUser = String(startsPerSec / USERS);
  const measured = await interleaved([perUser], ROUNDS, () =>
    run(server, { loadfile: 'paced', engine, env: { BENCH_PER_SEC: perUser } }),
  );
  const runs = measured.get(perUser) ?? [];
  const lags = runs.map(({ summary }) => summary.total.sendLag['p99'] ?? Number.NaN);
  const lagMs = median(lags);
  const rate = median(runs.map((each) => each.requestsPerSec));
  const busy = median(runs.map((each) => each.utilization));
  const p50 = median(runs.map(({ summary }) => summary.total.sendLag['p50'] ?? Number.NaN));
  return {
    case: `${startsPerSec.toLocaleString('en')} starts/s`,
    subject: 'send lag p99',
    value: `${lagMs.toFixed(3)} ms`,
    number: lagMs,
    spread: spreadRatio(lags),
    goal: `≤ ${GOAL_LAG_MS} ms`,
    isMet: lagMs <= GOAL_LAG_MS,
    note: `${Math.round(rate).toLocaleString('en')}/s sent, p50 ${p50.toFixed(3)} ms, ${(busy * 100).toFixed(0)} % of a core`,
  };
}

async function ownDelay(server: NginxServer, engine: string | undefined): Promise<BenchRow[]> {
  const subjects = ['wrk', 'katydid'] as const;
  const busy: number[] = [];
  const measured = await interleaved(subjects, 3, async (subject) => {
    if (subject === 'wrk') return wrkP99Ms(server.url);
    const { summary, utilization } = await run(server, {
      loadfile: 'thinking',
      engine,
      env: { BENCH_THINK_MS: String(THINK_MS) },
    });
    busy.push(utilization);
    return summary.total.responseTime['p99'] ?? Number.NaN;
  });
  const wrkMs = measured.get('wrk') ?? [];
  const ownMs = measured.get('katydid') ?? [];
  const addedMs = median(ownMs.map((each, round) => each - (wrkMs[round] ?? 0)));
  return [
    {
      case: `${USERS} users, half load`,
      subject: 'p99 over wrk',
      value: `${addedMs.toFixed(2)} ms`,
      number: addedMs,
      goal: `≤ ${GOAL_OWN_DELAY_MS} ms`,
      isMet: addedMs <= GOAL_OWN_DELAY_MS,
      note: `katydid ${median(ownMs).toFixed(2)} ms at ${(median(busy) * 100).toFixed(0)} % of a core, wrk ${median(wrkMs).toFixed(2)} ms`,
    },
  ];
}

async function run(
  server: NginxServer,
  options: { loadfile: string; engine: string | undefined; env: Record<string, string> },
): Promise<Paced> {
  const processes = await KatydidProcesses.start({
    ...options,
    host: server.url,
    users: USERS,
    spawnRate: 1000 / SPAWN_DISTANCE_MS,
    resetStats: true,
  });
  // Join and spawn; the statistics start again when all users run, and the code is compiled by then.
  await pause(JOIN_MS + USERS * SPAWN_DISTANCE_MS);
  const before = await server.counts();
  const cpuBefore = cpuSecondsOf(processes.workerPids);
  await pause(MEASURED_MS);
  const after = await server.counts();
  const utilization = ((cpuSecondsOf(processes.workerPids) - cpuBefore) / MEASURED_MS) * 1000;
  const summary = await processes.finish();
  const requestsPerSec = ((after.requests - before.requests) / MEASURED_MS) * 1000;
  return { summary, requestsPerSec, utilization };
}

/** p99 that wrk itself reads with a pause of `THINK_MS` after each answer. */
function wrkP99Ms(url: string): number {
  const folder = mkdtempSync(join(tmpdir(), 'katydid-bench-wrk-'));
  try {
    const script = join(folder, 'think.lua');
    writeFileSync(script, `function delay() return ${THINK_MS} end\n`);
    const args = ['-t1', `-c${USERS}`, '-d4s', '--latency', '-s', script, url];
    const wrk = requireTool('wrk');
    const result = spawnSync('taskset', ['-c', String(GENERATOR_CORE), wrk, ...args], {
      encoding: 'utf8',
    });
    const [, amount, unit = ''] = /99%\s+([\d.]+)(us|ms|s)/.exec(result.stdout) ?? [];
    return Number(amount) * ({ us: 0.001, ms: 1, s: 1000 }[unit] ?? Number.NaN);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
