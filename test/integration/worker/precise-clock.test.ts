import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { PreciseClock } from '../../../src/worker/clock/precise-clock.ts';

const clocks: PreciseClock[] = [];

function preciseClock(): PreciseClock {
  const clock = new PreciseClock();
  clocks.push(clock);
  return clock;
}

/** Resolves with how late the timer was, in microseconds. */
function latenessUs(clock: PreciseClock, delayMs: number): Promise<number> {
  const dueUs = clock.nowUs() + delayMs * 1000;
  return new Promise((resolve) => {
    clock.setTimer(delayMs, () => resolve(clock.nowUs() - dueUs));
  });
}

/** Time for the clock's thread to start. */
async function started(): Promise<void> {
  await new Promise<void>((resolve) => {
    systemClock.setTimer(200, resolve);
  });
}

afterEach(async () => {
  await Promise.all(clocks.splice(0).map((clock) => clock.close()));
});

describe('PreciseClock', () => {
  it('fires 500 timers of fractional milliseconds, none early, before and after its thread runs', async () => {
    const clock = preciseClock();
    const delays = Array.from({ length: 500 }, (_, index) => (index * 7919) % 400.3);

    const late = await Promise.all(delays.map((delayMs) => latenessUs(clock, delayMs)));

    // Half a microsecond: delays are given in milliseconds, and floats round.
    expect(Math.min(...late)).toBeGreaterThanOrEqual(-0.5);
    expect(late).toHaveLength(500);
  });

  it('wakes again for a timer that is set for earlier than the one it sleeps for', async () => {
    const clock = preciseClock();
    await started();
    const long = clock.setTimer(60_000, () => undefined);

    const lateUs = await latenessUs(clock, 5);

    expect(lateUs).toBeGreaterThanOrEqual(-0.5);
    expect(lateUs).toBeLessThan(5_000_000);
    clock.clearTimer(long);
  });

  it('sleeps and wakes over and over when each timer sets the next', async () => {
    const clock = preciseClock();
    await started();
    const startUs = clock.nowUs();
    let rounds = 0;

    await new Promise<void>((resolve) => {
      const next = (): void => {
        rounds += 1;
        if (rounds === 300) resolve();
        else clock.setTimer(rounds % 3 === 0 ? 0 : 0.35, next);
      };
      clock.setTimer(0, next);
    });

    expect(rounds).toBe(300);
    expect(clock.nowUs() - startUs).toBeGreaterThanOrEqual(200 * 350);
  });

  it('does not fire a cancelled timer', async () => {
    const clock = preciseClock();
    let fired = 0;
    const timer = clock.setTimer(5, () => {
      fired += 1;
    });

    clock.clearTimer(timer);
    await latenessUs(clock, 20);

    expect(fired).toBe(0);
  });

  it('never calls back from within setTimer', async () => {
    const clock = preciseClock();
    let isInside = true;

    const fired = new Promise<boolean>((resolve) => {
      clock.setTimer(-5, () => resolve(isInside));
      isInside = false;
    });

    expect(await fired).toBe(false);
  });

  it('goes on with plain timers once its thread has ended', async () => {
    const clock = preciseClock();
    await started();
    const across = latenessUs(clock, 150);

    await clock.close();

    expect(await across).toBeGreaterThanOrEqual(-0.5);
    expect(await latenessUs(clock, 3)).toBeGreaterThanOrEqual(-0.5);
  });
});
