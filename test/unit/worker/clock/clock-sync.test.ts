import { describe, expect, it } from 'vitest';
import { ClockSync } from '../../../../src/worker/clock/clock-sync.ts';

/** A round trip from `sentUs` that takes `thereUs` and `backUs`; the master is 1,000,000 us ahead. */
function roundTrip(sync: ClockSync, sentUs: number, thereUs: number, backUs: number): void {
  const id = sync.probe(sentUs);
  sync.answer(id, sentUs + thereUs + 1_000_000, sentUs + thereUs + backUs);
}

describe('ClockSync', () => {
  it('knows nothing before the first answer', () => {
    const sync = new ClockSync();
    sync.answer(sync.probe(0) + 1, 5, 10);
    expect(sync.estimate()).toBeUndefined();
    expect(sync.samples).toBe(0);
  });

  it('finds the offset of a symmetric round trip, right within half of it', () => {
    const sync = new ClockSync();
    roundTrip(sync, 500, 200, 200);
    expect(sync.estimate()).toEqual({ offsetUs: 1_000_000, errorUs: 200 });
  });

  it('keeps the fastest of 60 round trips, and the truth is within its error', () => {
    const sync = new ClockSync();
    roundTrip(sync, 0, 40, 10);
    for (let trip = 1; trip < 60; trip += 1) roundTrip(sync, trip * 1000, 300, 900);
    const best = sync.estimate();
    expect(best?.errorUs).toBe(25);
    expect(Math.abs((best?.offsetUs ?? 0) - 1_000_000)).toBeLessThanOrEqual(25);
    // The 61st pushes the fastest out: clocks drift.
    roundTrip(sync, 70_000, 300, 900);
    expect(sync.estimate()?.errorUs).toBe(600);
  });

  it('takes each answer once, and forgets probes that were never answered', () => {
    const sync = new ClockSync();
    const first = sync.probe(0);
    sync.answer(first, 10, 20);
    sync.answer(first, 10, 20);
    expect(sync.samples).toBe(1);
    const lost = sync.probe(0);
    for (let probe = 0; probe < 60; probe += 1) sync.probe(1000 + probe);
    sync.answer(lost, 10, 2000);
    expect(sync.samples).toBe(1);
  });
});
