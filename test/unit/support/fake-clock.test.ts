import { describe, expect, it } from 'vitest';
import { FakeClock } from '../../support/fake-clock.ts';

describe('FakeClock', () => {
  it('fires timers at their due times, those of one instant in the order in which they were set', async () => {
    const clock = new FakeClock(0);
    const fired: string[] = [];
    const note = (name: string) => () => {
      fired.push(`${name} at ${clock.nowUs() / 1000}`);
    };
    clock.setTimer(20, note('c'));
    clock.setTimer(10, () => {
      note('a')();
      clock.setTimer(10, note('d'));
      clock.setTimer(0, note('at once'));
    });
    clock.setTimer(10, note('b'));
    const cancelled = clock.setTimer(5, note('cancelled'));
    clock.clearTimer(cancelled);
    clock.clearTimer(cancelled);
    clock.setTimer(31, note('later'));

    await clock.advance(30);

    expect(fired).toEqual(['a at 10', 'b at 10', 'at once at 10', 'c at 20', 'd at 20']);
    expect(clock.nowUs()).toBe(30_000);
    expect(clock.pendingTimers).toBe(1);
  });

  it('fails where timers set each other without a pause, which would never end', () => {
    const clock = new FakeClock(0);
    const again = (): void => {
      clock.setTimer(0, again);
    };
    again();
    expect(() => clock.advanceSync(1)).toThrow('time stands still');
    expect(() => clock.setTimer(Number.NaN, again)).toThrow('NaN');
  });
});
