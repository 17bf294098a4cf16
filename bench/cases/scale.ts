import { type BenchRow, reportBench } from '../harness/bench-report.ts';
import { interleaved, median } from '../harness/figures.ts';
import { autocannons, katydid, wrk } from '../harness/generators.ts';
import { katydidEngines } from '../harness/katydid-process.ts';
import { NginxServer } from '../harness/nginx-server.ts';
import { requestCost } from '../harness/request-cost.ts';
import { compareCosts } from './cost-table.ts';

const GOAL_TWO_WORKERS = 1.08;

/** 1,000 users, and two workers against one. */
export async function benchScale(): Promise<void> {
  const server = await NginxServer.start();
  try {
    const engines = katydidEngines();
    const thousand = await compareCosts(server, {
      name: '1,000 users',
      url: server.url,
      users: 1000,
      generators: [
        wrk(),
        ...engines.map((engine) => katydid({ loadfile: 'hot-loop', engine })),
        ...autocannons(),
      ],
      rounds: 3,
      measuredMs: 2000,
      goal: 1.45,
    });
    reportBench('scale', [...thousand.rows, await twoWorkers(server, engines[0])]);
  } finally {
    await server.close();
  }
}

/** Both workers on the one core, so that each has half of it: what is left is their cost. */
async function twoWorkers(server: NginxServer, engine: string | undefined): Promise<BenchRow> {
  const one = katydid({ loadfile: 'hot-loop', engine });
  const two = katydid({ loadfile: 'hot-loop', engine, workers: 2 });
  const costs = await interleaved([one, two], 3, (generator) =>
    requestCost(generator, server, server.url, 100, 2000),
  );
  const single = costs.get(one) ?? [];
  const double = costs.get(two) ?? [];
  const ratios = double.map((cost, round) => cost.cpuUs / (single[round]?.cpuUs ?? cost.cpuUs));
  const ratio = median(ratios);
  return {
    case: '2 workers / 1',
    subject: one.name,
    value: `${ratio.toFixed(3)} ×`,
    number: ratio,
    goal: `≤ ${GOAL_TWO_WORKERS}`,
    isMet: ratio <= GOAL_TWO_WORKERS,
    note: `${median(single.map((cost) => cost.cpuUs)).toFixed(2)} → ${median(double.map((cost) => cost.cpuUs)).toFixed(2)} µs/request`,
  };
}
