import { describe, expect, it } from 'vitest';
import type { Interval } from '../../../../src/stats/interval/interval.ts';
import { decodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import {
  IntervalReporter,
  type IntervalReporterParts,
} from '../../../../src/worker/measure/interval-reporter.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function createReporter(): {
  reporterOf: (epoch: number) => IntervalReporter;
  clock: FakeClock;
  reporter: IntervalReporter;
  sent: { epoch: number; sequence: number; interval: Interval }[];
  level: { users: number; peak: number };
} {
  const clock = new FakeClock();
  const sent: { epoch: number; sequence: number; interval: Interval }[] = [];
  const level = { users: 0, peak: 0 };
  const parts: IntervalReporterParts = {
    clock,
    link: {
      start: () => undefined,
      send: () => undefined,
      deliver: (epoch, sequence, payload) =>
        sent.push({ epoch, sequence, interval: decodeInterval(payload) }),
      tally: () => undefined,
      close: () => undefined,
    },
    monitor: {
      read: () => ({
        cpuRatio: 0.5,
        loopRatio: 0.25,
        memoryBytes: 1000,
        stalls: { totalUs: 70_000, longestUs: 60_000, requests: 3 },
      }),
    },
    users: { runningAt: () => level.users, takePeak: () => level.peak },
  };
  const reporterOf = (epoch: number): IntervalReporter =>
    new IntervalReporter(parts, epoch, () => undefined);
  return { clock, reporter: reporterOf(1), reporterOf, sent, level };
}

describe('IntervalReporter', () => {
  it('sends each second of the run 2 ms after its end, numbered from 1, with users and health', async () => {
    const { clock, reporter, sent, level } = createReporter();
    reporter.begin(clock.nowUs());
    reporter.clock({ offsetUs: 7, errorUs: 3 });
    level.users = 4;
    level.peak = 6;
    await clock.advance(1001);
    expect(sent).toEqual([]);
    await clock.advance(2);
    await clock.advance(2000);
    expect(sent.map(({ sequence, interval }) => [sequence, interval.second])).toEqual([
      [1, 0],
      [2, 1],
      [3, 2],
    ]);
    expect(sent[0]?.interval).toMatchObject({
      users: 4,
      usersPeak: 6,
      health: { cpuRatio: 0.5, loopRatio: 0.25, clockOffsetUs: 7, clockErrorUs: 3 },
    });
  });

  it('makes up for seconds in which nothing could run', async () => {
    const { clock, reporter, sent } = createReporter();
    reporter.begin(clock.nowUs());
    clock.block(3500);
    await clock.advance(0);
    expect(sent.map(({ interval }) => interval.second)).toEqual([0, 1, 2]);
  });

  it('sends the part of a second at the end, names the last number, and then nothing', async () => {
    const { clock, reporter, sent } = createReporter();
    const startUs = clock.nowUs();
    reporter.begin(startUs);
    await clock.advance(1300);
    expect(reporter.finish()).toEqual({ sequence: 2, startUs });
    expect(reporter.finish()).toEqual({ sequence: 2, startUs });
    await clock.advance(5000);
    expect(sent.map(({ interval }) => interval.second)).toEqual([0, 1]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('sends what is left of an old lease under its own number, and begins again at 1', async () => {
    const { clock, reporter, reporterOf, sent } = createReporter();
    reporter.begin(clock.nowUs());
    await clock.advance(1500);
    reporter.finish();
    const next = reporterOf(2);
    next.begin(clock.nowUs());
    await clock.advance(1100);
    expect(sent.map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [1, 1],
      [1, 2],
      [2, 1],
    ]);
    next.stop();
  });

  it('adds nothing to a lease that was finished, however long ago', async () => {
    const { clock, reporter, sent } = createReporter();
    reporter.begin(clock.nowUs());
    await clock.advance(500);
    reporter.finish();
    await clock.advance(600_000);
    reporter.finish();
    expect(sent).toHaveLength(1);
  });

  it('has nothing to say of a run that never began', () => {
    const { clock, reporter, sent } = createReporter();
    expect(reporter.finish().sequence).toBe(0);
    expect(sent).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });
});
