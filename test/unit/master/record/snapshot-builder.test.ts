import { expect, it } from 'vitest';
import { Member } from '../../../../src/master/fleet/member.ts';
import {
  type RunInstant,
  SnapshotBuilder,
} from '../../../../src/master/record/snapshot-builder.ts';
import { RunAggregate } from '../../../../src/stats/aggregate/run-aggregate.ts';
import type { RunUpdate } from '../../../../src/stats/snapshot/run-snapshot.ts';
import { SIMPLE_RUN } from '../../../support/simple-run.ts';
import { calmHealth, interval, nameStats } from '../../stats/sample-intervals.ts';

/** Fifteen seconds of 20 requests of 10 ms; in each of `stalledSeconds` the loop stands still and 5 wait. */
function updateWith(
  stalledSeconds: number,
  stallMs: number,
  changes: Partial<RunInstant> = {},
): RunUpdate {
  const aggregate = new RunAggregate();
  for (let second = 0; second < 15; second += 1) {
    const isStalled = second < stalledSeconds;
    const stalls = isStalled
      ? { totalUs: stallMs * 1000, longestUs: stallMs * 1000, requests: 5 }
      : { totalUs: 0, longestUs: 0, requests: 0 };
    const names = [
      nameStats(
        '/',
        Array.from({ length: 20 }, () => 10_000),
      ),
    ];
    aggregate.add('w1', interval(second, { names, health: { ...calmHealth, stalls } }));
  }
  const identity = { workerId: 'w1', index: 0, nodeId: 'node-w1', host: 'vm', pid: 1, nowUs: 0 };
  const member = new Member(identity);
  member.ready();
  if (changes.state === 'finished') member.finish();
  const whole: RunInstant = {
    atMs: 15_000,
    nowUs: 15e6,
    state: 'steady',
    targetUsers: 1,
    spawnRate: 1,
    cutAtUs: undefined,
    stopReason: undefined,
    members: [member],
    ...changes,
  };
  return new SnapshotBuilder(SIMPLE_RUN, aggregate).build(whole);
}

it('suspects a run while it lasts, of which a script reads answers late', () => {
  const verdict = updateWith(3, 200).verdict;

  // 15 of 300 requests.
  expect(verdict).toEqual({
    level: 'suspect',
    reason: 'w1 stood still for up to 200 ms, read 5 % of its answers late',
    advice:
      'see what the script computes without awaiting, or add workers (-w); times look slower than they were',
  });
  expect(verdict.reason.length).toBeLessThanOrEqual(61);
});

it.each([
  ['2 seconds only', 2, 200],
  ['40 ms at a time', 15, 40],
])('takes no notice of loops that stand still in %s', (_, seconds, stallMs) => {
  expect(updateWith(seconds, stallMs).verdict.level).toBe('valid');
});

it('suspects a run that stops because the disk is full, before its file is read', () => {
  const stopping = { state: 'stopping', stopReason: 'disk-full' } as const;

  expect(updateWith(0, 0, stopping).verdict).toEqual({
    level: 'suspect',
    reason: 'the disk was full, so the run was stopped early',
    advice: 'make room or use --out elsewhere',
  });
  expect(updateWith(0, 0, { ...stopping, stopReason: 'signal' }).verdict.level).toBe('valid');
});

it('gives the rate of a worker over the last 10 s, and over all of a run that is over', () => {
  const end = { state: 'finished', stopReason: 'run-time', atMs: 15_000 } as const;
  const short = { ...end, atMs: 30_000 };

  expect(updateWith(0, 0).workers.map(({ rps }) => rps)).toEqual([20]);
  expect(updateWith(0, 0, end).workers.map(({ rps }) => rps)).toEqual([20]);
  expect(updateWith(0, 0, short).workers.map(({ rps }) => rps)).toEqual([10]);
});

it('tells of a valid run how busy its workers are, and of one that is over only how late it sent', () => {
  const end = { state: 'finished', stopReason: 'run-time' } as const;

  expect(updateWith(0, 0).verdict.reason).toMatch(
    /^generator has headroom \(w1 loop \d+ %, send lag p99 [\d.]+ ms\)$/,
  );
  expect(updateWith(0, 0, end).verdict.reason).toMatch(
    /^generator has headroom \(send lag p99 [\d.]+ ms\)$/,
  );
});
