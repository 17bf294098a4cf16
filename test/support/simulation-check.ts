import { endedOnWire } from '../../src/stats/interval/interval.ts';
import { decodeInterval } from '../../src/stats/interval/interval-codec.ts';
import { tallyOf } from '../../src/stats/interval/tally.ts';
import { RunFolding } from '../../src/store/folding/run-folding.ts';
import type { LastInterval } from '../../src/store/folding/unknown-requests.ts';
import { unknownRequests } from '../../src/store/folding/unknown-requests.ts';
import type { SimulatedCluster } from './simulated-cluster.ts';

/**
 * Everything that must hold of a cluster when its run is over, whatever befell it; what does not, in words.
 */
export function problemsOf(cluster: SimulatedCluster): string[] {
  const { truth, store, clock, workers } = cluster;
  const wanted = Math.max(0, ...cluster.snapshots.map(({ users }) => users.target));
  const problems = [...truth.problems, ...store.problems, ...ledgerProblems(cluster)];
  if (truth.peak > wanted) problems.push(`${truth.peak} users ran where ${wanted} were wanted`);
  for (const { node, isKilled, end } of workers) {
    if (!isKilled && end === undefined) problems.push(`${node} goes on after the run`);
  }
  if (clock.pendingTimers > 0) problems.push(`${clock.pendingTimers} timers are left`);
  return problems;
}

/** What servers counted, by name and in total, against what the run file has. */
function ledgerProblems({ truth, store, workers, ledger }: SimulatedCluster): string[] {
  const folding = new RunFolding();
  const last = new Map<string, LastInterval>();
  for (const raw of store.intervals) {
    const interval = decodeInterval(raw.payload);
    folding.add(raw, interval);
    last.set(`${raw.workerId} ${raw.epoch}`, { ...raw, second: interval.second });
  }
  const leases = [...store.tallies.values()].map(({ second, sent, ...lease }) => ({
    ...lease,
    tally: { second, sent: tallyOf(sent).entries() },
    atMostMore: store.leaseEnds.get(`${lease.workerId} ${lease.epoch}`)?.atMostMore ?? null,
  }));
  const unknown = unknownRequests(folding, [...last.values()], leases);
  const problems: string[] = [];
  const counted = { known: 0, unknown: 0 };
  for (const [name, sent] of truth.sentUnder) {
    let known = 0;
    for (const { workerId, epoch } of last.values()) {
      for (const entry of folding.lease(workerId, epoch).names.values()) {
        if (entry.name === name) known += endedOnWire(entry);
      }
    }
    const own = unknown.filter((entry) => entry.name === name);
    const lost = own.reduce((sum, { count }) => sum + count, 0);
    counted.known += known;
    counted.unknown += lost;
    // A lower bound, by name too; exact where everybody was there to the end.
    if (known + lost > sent) problems.push(`${name}: ${known} + ${lost} unknown of ${sent} sent`);
    const isExact = workers.every(({ isKilled, end }) => !isKilled && end?.code === undefined);
    if (isExact && known + lost !== sent) problems.push(`${name}: ${known} + ${lost} for ${sent}`);
  }
  const more = [...store.leaseEnds.values()].reduce((sum, { atMostMore }) => sum + atMostMore, 0);
  const gone = truth.sent - counted.known;
  const isBounded = [...store.workers.values()]
    .filter(({ status }) => status === 'lost')
    .every(({ workerId }) =>
      [...store.leaseEnds.values()].some((end) => end.workerId === workerId),
    );
  if (isBounded && gone > counted.unknown + more) {
    problems.push(`${gone} unknown of ${truth.sent}, told ${counted.unknown} to +${more}`);
  }
  const live = ledger();
  if (live.unknown !== counted.unknown) {
    problems.push(`${live.unknown} unknown live, ${counted.unknown} in the file`);
  }
  if (live.inFlight > 0) problems.push(`${live.inFlight} in flight at the end`);
  return problems;
}
