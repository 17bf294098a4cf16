import { expect, it } from 'vitest';
import { Member } from '../../../../src/master/fleet/member.ts';
import { SnapshotBuilder } from '../../../../src/master/record/snapshot-builder.ts';
import { RunAggregate } from '../../../../src/stats/aggregate/run-aggregate.ts';
import { SIMPLE_RUN } from '../../../support/simple-run.ts';
import { interval, nameStats } from '../../stats/sample-intervals.ts';

const NO_LEDGER = {
  ...{ sent: 0, succeeded: 0, failed: 0, notSent: 0, abandoned: 0, redirected: 0, unknown: 0 },
};

/** Bytes of the update at the end of a run of so many seconds, of which the last 100 were watched. */
function sizeAfter(seconds: number): number {
  const aggregate = new RunAggregate();
  const builder = new SnapshotBuilder(SIMPLE_RUN, aggregate);
  const identity = { workerId: 'w1', index: 0, nodeId: 'node-w1', host: 'vm', pid: 1, nowUs: 0 };
  const member = new Member(identity);
  member.ready();
  for (let line = 0; line < 500; line += 1) builder.log({ at: 1, level: 'info', text: 'a line' });
  const times = { p50Us: 10_000, p95Us: 20_000, p99Us: 20_000 };
  const earlier = { users: 1, usersPeak: 1, requests: 3, failures: 0, ...times };
  aggregate.restore({
    ...{ measuredFromSecond: 0, names: [], errors: [], ledger: NO_LEDGER, exceptions: [] },
    seconds: Array.from({ length: seconds - 100 }, () => earlier),
  });
  let size = 0;
  for (let second = seconds - 100; second < seconds; second += 1) {
    const names = [nameStats('/', [10_000, 20_000]), nameStats('/other', [30_000])];
    aggregate.add('w1', interval(second, { names }));
    size = JSON.stringify(builder.build(instantAt(second, member))).length;
  }
  return size;
}

function instantAt(second: number, member: Member) {
  return {
    atMs: (second + 1) * 1000,
    nowUs: second * 1e6,
    state: 'steady' as const,
    targetUsers: 1,
    spawnRate: 1,
    cutAtUs: undefined,
    stopReason: undefined,
    members: [member],
  };
}

it('carries no more at second 86,400 than at second 100, but for longer numbers', () => {
  const early = sizeAfter(100);

  expect(Math.abs(sizeAfter(86_400) - early)).toBeLessThan(200);
  expect(early).toBeLessThan(40_000);
});
