import { rssBytesOf } from '../../test/support/process-figures.ts';
import { pause, until } from '../../test/support/until.ts';
import { type BenchRow, reportBench } from '../harness/bench-report.ts';
import { KatydidProcesses, katydidEngines } from '../harness/katydid-process.ts';
import { NginxServer } from '../harness/nginx-server.ts';
import { maxOpenFiles } from '../harness/pinned-process.ts';

/** Files that a process needs besides its connections. */
const SPARE_FILES = 1000;
/** Users in one worker, as far as it may open files; three addresses carry the 50,000. */
const LEVELS = [1000, 10_000, Math.min(50_000, maxOpenFiles() - SPARE_FILES)] as const;
const ADDRESSES = 3;
const SPAWN_RATE = 4000;
const GOAL_KB = 8;
/** Rising by less than this from the first stretch to the second counts as linear. */
const LINEAR_RATIO = 1.15;
/** Time for garbage of the ramp to be collected. */
const SETTLE_MS = 3000;

/** Memory of one connected user that does nothing, from the differences of several levels. */
export async function benchMemory(): Promise<void> {
  const server = await NginxServer.start(ADDRESSES);
  try {
    const [engine] = katydidEngines();
    const rss: { users: number; bytes: number }[] = [];
    for (const users of LEVELS) rss.push({ users, bytes: await rssWith(server, users, engine) });
    reportBench('memory', rowsOf(rss));
  } finally {
    await server.close();
  }
}

async function rssWith(
  server: NginxServer,
  users: number,
  engine: string | undefined,
): Promise<number> {
  const run = await KatydidProcesses.start({
    loadfile: 'idle',
    host: server.url,
    users,
    spawnRate: SPAWN_RATE,
    engine,
  });
  try {
    await until(`${users} connections`, async () => (await server.counts()).connections >= users, {
      longestMs: 60_000,
      of: run.master,
    });
    await pause(SETTLE_MS);
    return rssBytesOf(run.workerPids);
  } finally {
    await run.finish();
  }
}

function rowsOf(rss: readonly { users: number; bytes: number }[]): BenchRow[] {
  const slopes: number[] = [];
  const rows: BenchRow[] = rss.map(({ users, bytes }, index) => {
    const below = rss[index - 1];
    const megabytes = `${(bytes / 1e6).toFixed(0)} MB in all`;
    if (below === undefined) {
      return { case: `${users} users`, subject: 'worker', value: megabytes, number: bytes };
    }
    const kilobytes = (bytes - below.bytes) / (users - below.users) / 1000;
    slopes.push(kilobytes);
    return {
      case: `${below.users} → ${users} users`,
      subject: 'worker',
      value: `${kilobytes.toFixed(1)} kB/user`,
      number: kilobytes,
      goal: `≤ ${GOAL_KB} kB`,
      isMet: kilobytes <= GOAL_KB,
      note: megabytes,
    };
  });
  const [low = 0, high = 0] = slopes;
  const growth = high / low;
  return [
    ...rows,
    {
      case: 'linear',
      subject: 'worker',
      value: `${growth.toFixed(2)} ×`,
      number: growth,
      goal: `≤ ${LINEAR_RATIO}`,
      isMet: growth <= LINEAR_RATIO,
      note: 'a user of the upper stretch against one of the lower',
    },
  ];
}
