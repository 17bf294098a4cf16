import { describe, expect, it } from 'vitest';
import { Pulse } from '../../../../src/worker/clock/pulse.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

describe('Pulse', () => {
  it('says 0 before it beats, and while the watched thread turns', async () => {
    const clock = new FakeClock();
    const watched = new Pulse(clock);
    const watcher = new Pulse(clock, watched.memory);
    expect(watcher.blockedMs()).toBe(0);
    watched.start();
    await clock.advance(10_050);
    expect(watcher.blockedMs()).toBe(0);
  });

  it('says for how long the thread has not turned, less the 100 ms between two beats', async () => {
    const clock = new FakeClock();
    const watched = new Pulse(clock);
    const watcher = new Pulse(clock, watched.memory);
    watched.start();
    clock.block(2600);
    expect(watcher.blockedMs()).toBe(2500);
    await clock.advance(1);
    expect(watcher.blockedMs()).toBe(0);
    watched.stop();
    expect(clock.pendingTimers).toBe(0);
  });
});
