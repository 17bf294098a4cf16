import { describe, expect, it } from 'vitest';
import { LoopBeat } from '../../../../src/worker/clock/loop-beat.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

describe('LoopBeat', () => {
  it('finds nothing on a loop that turns, or is late by less than 50 ms', () => {
    const clock = new FakeClock();
    const beat = new LoopBeat(clock);
    beat.start(() => 5);
    clock.advanceSync(1000);
    clock.block(60);
    clock.advanceSync(1000);
    expect(beat.take()).toEqual({ totalUs: 0, longestUs: 0, requests: 0 });
    beat.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('adds up for how long it stood still, and how many answers that held up', () => {
    const clock = new FakeClock();
    const beat = new LoopBeat(clock);
    let inFlight = 5;
    beat.start(() => inFlight);
    clock.block(320);
    clock.advanceSync(20);
    inFlight = 7;
    clock.block(120);
    clock.advanceSync(20);
    expect(beat.take()).toEqual({ totalUs: 400_000, longestUs: 300_000, requests: 12 });
    expect(beat.take()).toEqual({ totalUs: 0, longestUs: 0, requests: 0 });
    beat.stop();
  });
});
