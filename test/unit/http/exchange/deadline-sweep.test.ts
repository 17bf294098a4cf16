import { describe, expect, it } from 'vitest';
import { DeadlineSweep, type Expiring } from '../../../../src/http/exchange/deadline-sweep.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function watch(clock: FakeClock) {
  const sweep = new DeadlineSweep(clock);
  const expired: string[] = [];
  const add = (name: string, afterMs: number): Expiring => {
    const item = {
      deadlineUs: clock.nowUs() + afterMs * 1000,
      expire: () => void expired.push(name),
    };
    sweep.add(item);
    return item;
  };
  return { sweep, expired, add };
}

describe('DeadlineSweep', () => {
  it('expires each item at its deadline and not before, with 1 timer for all', () => {
    const clock = new FakeClock();
    const { expired, add } = watch(clock);
    add('c', 300);
    add('a', 100);
    add('b', 200);

    expect(clock.pendingTimers).toBe(1);
    clock.advanceSync(99);
    expect(expired).toEqual([]);
    clock.advanceSync(101);
    expect(expired).toEqual(['a', 'b']);
    clock.advanceSync(100);
    expect(expired).toEqual(['a', 'b', 'c']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('never expires what was removed, and keeps the timer it has', () => {
    const clock = new FakeClock();
    const { sweep, expired, add } = watch(clock);
    const gone = add('gone', 100);
    add('kept', 150);

    sweep.remove(gone);
    clock.advanceSync(150);

    expect(expired).toEqual(['kept']);
    expect(sweep.size).toBe(0);
  });

  it('sets no timer for a deadline of Infinity', () => {
    const clock = new FakeClock();
    const sweep = new DeadlineSweep(clock);

    sweep.add({ deadlineUs: Number.POSITIVE_INFINITY, expire: () => undefined });

    expect([clock.pendingTimers, sweep.size]).toEqual([0, 0]);
  });

  it('takes in what an expiring item adds', () => {
    const clock = new FakeClock();
    const { sweep, expired, add } = watch(clock);
    sweep.add({ deadlineUs: clock.nowUs() + 10_000, expire: () => void add('next', 10) });

    clock.advanceSync(20);

    expect(expired).toEqual(['next']);
  });

  it('rests without a timer once nothing is watched, and not before', () => {
    const clock = new FakeClock();
    const { sweep, expired, add } = watch(clock);
    const item = add('a', 1000);

    sweep.rest();
    expect(clock.pendingTimers).toBe(1);
    sweep.remove(item);
    sweep.rest();
    expect(clock.pendingTimers).toBe(0);

    add('b', 5);
    clock.advanceSync(5);
    expect(expired).toEqual(['b']);
  });
});
