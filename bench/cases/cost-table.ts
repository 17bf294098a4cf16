import type { BenchRow } from '../harness/bench-report.ts';
import { interleaved, median, spreadRatio } from '../harness/figures.ts';
import type { Generator } from '../harness/generators.ts';
import type { NginxServer } from '../harness/nginx-server.ts';
import { type RequestCost, requestCost } from '../harness/request-cost.ts';

/** A comparison of generators under one load. */
export interface CostCase {
  readonly name: string;
  readonly url: string;
  readonly users: number;
  readonly generators: readonly Generator[];
  readonly rounds: number;
  readonly measuredMs: number;
  /** Most that katydid may cost, in units of wrk; `undefined`: no goal. */
  readonly goal?: number;
}

/** Rows of a comparison, and the median CPU per request of each generator, in microseconds. */
export interface CostTable {
  readonly rows: readonly BenchRow[];
  readonly cpuUsOf: ReadonlyMap<string, number>;
}

/**
 * Measures the CPU per request of several generators, interleaved. The first must be wrk; ratios are
 * taken within each round and then their median, so that a slow phase of the machine cancels out.
 */
export async function compareCosts(server: NginxServer, spec: CostCase): Promise<CostTable> {
  const { generators, rounds, url, users, measuredMs, goal } = spec;
  const costs = await interleaved(generators, rounds, (generator) =>
    requestCost(generator, server, url, users, measuredMs),
  );
  const [first] = generators;
  const wrkCosts = (first === undefined ? undefined : costs.get(first)) ?? [];
  const cpuUsOf = new Map<string, number>();
  const rows = [...costs].map(([generator, measured]) => {
    const cpuUs = measured.map((cost) => cost.cpuUs);
    const ratio = median(cpuUs.map((each, round) => each / (wrkCosts[round]?.cpuUs ?? each)));
    cpuUsOf.set(generator.name, median(cpuUs));
    const hasGoal = goal !== undefined && isPreferred(generator, generators);
    return {
      case: spec.name,
      subject: generator.name,
      value: `${median(cpuUs).toFixed(2)} µs/request`,
      number: median(cpuUs),
      spread: spreadRatio(cpuUs),
      ratioToWrk: ratio,
      ...(hasGoal ? { goal: `≤ ${goal} × wrk`, isMet: ratio <= goal } : {}),
      note: rateNote(measured),
    };
  });
  return { rows, cpuUsOf };
}

/** Goals are for the engine that is used where nothing else is asked for. */
function isPreferred(generator: Generator, generators: readonly Generator[]): boolean {
  return generators.find(({ name }) => name.startsWith('katydid')) === generator;
}

function rateNote(costs: readonly RequestCost[]): string {
  const rate = median(costs.map((cost) => cost.requestsPerSec));
  const busy = median(costs.map((cost) => cost.utilization));
  return `${Math.round(rate).toLocaleString('en')}/s at ${(busy * 100).toFixed(0)} % of a core`;
}
