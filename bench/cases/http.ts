import { type BenchRow, reportBench } from '../harness/bench-report.ts';
import { katydid, otherTools, wrk } from '../harness/generators.ts';
import { katydidEngines } from '../harness/katydid-process.ts';
import { NginxServer } from '../harness/nginx-server.ts';
import { compareCosts } from './cost-table.ts';
import { syscallsPerRequest } from './syscalls.ts';

const USERS = 50;
const GOAL_AUTOCANNON = 0.6;
const GOAL_LOCUST = 1 / 15;

/** 50 keep-alive users against small answers and JSON, and the system calls that a request takes. */
export async function benchHttp(): Promise<void> {
  const server = await NginxServer.start();
  try {
    const engines = katydidEngines();
    const small = await compareCosts(server, {
      name: 'small answer',
      url: server.url,
      users: USERS,
      generators: [
        wrk(),
        ...engines.map((engine) => katydid({ loadfile: 'hot-loop', engine })),
        ...otherTools(),
      ],
      rounds: 3,
      measuredMs: 2000,
      goal: 1.3,
    });
    const json = await compareCosts(server, {
      name: 'read JSON, a header',
      url: `${server.url}/json`,
      users: USERS,
      generators: [wrk(), ...engines.map((engine) => katydid({ loadfile: 'read-json', engine }))],
      rounds: 3,
      measuredMs: 2000,
      goal: 1.8,
    });
    const preferred = katydid({ loadfile: 'hot-loop', engine: engines[0] });
    const calls = await syscallsPerRequest(preferred, server, USERS);
    reportBench('http', [
      ...small.rows,
      ...ratioRows(small.cpuUsOf, preferred.name),
      ...json.rows,
      ...calls,
    ]);
  } finally {
    await server.close();
  }
}

function ratioRows(cpuUsOf: ReadonlyMap<string, number>, own: string): BenchRow[] {
  const rivals: [string, number, string][] = [
    ['autocannon', GOAL_AUTOCANNON, '≤ 0.6'],
    ['Locust FastHttpUser', GOAL_LOCUST, '≤ 1/15'],
  ];
  return rivals.flatMap(([rival, goal, shown]) => {
    const theirs = cpuUsOf.get(rival);
    const ours = cpuUsOf.get(own);
    if (theirs === undefined || ours === undefined) return [];
    const ratio = ours / theirs;
    return {
      case: 'small answer',
      subject: `${own} / ${rival}`,
      value: ratio >= 0.2 ? `${ratio.toFixed(2)} ×` : `1/${(1 / ratio).toFixed(1)} ×`,
      number: ratio,
      goal: shown,
      isMet: ratio <= goal,
    };
  });
}
