import { describe, expect, it } from 'vitest';
import { TimerQueue } from '../../../src/base/timer-queue.ts';

describe('TimerQueue', () => {
  it('fires what is due, in the order of the due times, and leaves the rest', () => {
    const queue = new TimerQueue();
    const fired: number[] = [];
    for (const dueUs of [30, 10, 20, 40]) queue.add(dueUs, () => fired.push(dueUs));

    queue.fire(30);

    expect(fired).toEqual([10, 20, 30]);
    expect(queue.nextDueUs).toBe(40);
    expect(queue.size).toBe(1);
  });

  it('says Infinity where nothing waits', () => {
    expect(new TimerQueue().nextDueUs).toBe(Number.POSITIVE_INFINITY);
  });

  it('never fires a timer that was cancelled, nor one twice', () => {
    const queue = new TimerQueue();
    let fired = 0;
    const timer = queue.add(10, () => {
      fired += 1;
    });
    queue.add(20, () => {
      fired += 10;
    });

    queue.cancel(timer);
    queue.cancel(timer);
    queue.fire(20);
    queue.fire(20);

    expect(fired).toBe(10);
    expect(queue.size).toBe(0);
  });

  it('looks past cancelled timers for the next due time', () => {
    const queue = new TimerQueue();
    const first = queue.add(10, () => undefined);
    queue.add(50, () => undefined);

    queue.cancel(first);

    expect(queue.nextDueUs).toBe(50);
    expect(queue.size).toBe(1);
  });

  it('takes the cancelling of one that has fired without losing count', () => {
    const queue = new TimerQueue();
    const timer = queue.add(10, () => undefined);
    queue.fire(10);

    queue.cancel(timer);

    expect(queue.size).toBe(0);
  });

  it('leaves what callbacks add for the next call, even where it is due already', () => {
    const queue = new TimerQueue();
    let rounds = 0;
    const again = (): void => {
      rounds += 1;
      queue.add(0, again);
    };
    queue.add(0, again);

    queue.fire(100);

    expect(rounds).toBe(1);
    queue.fire(100);
    expect(rounds).toBe(2);
  });

  it('lets a callback cancel one that is due at the same instant', () => {
    const queue = new TimerQueue();
    let fired = 0;
    const later = queue.add(20, () => {
      fired += 1;
    });
    queue.add(10, () => queue.cancel(later));

    queue.fire(20);

    expect(fired).toBe(0);
  });

  it('goes on with the others after a callback that throws', () => {
    const queue = new TimerQueue();
    let fired = 0;
    queue.add(10, () => {
      throw new TypeError('of the callback');
    });
    queue.add(20, () => {
      fired += 1;
    });

    expect(() => queue.fire(20)).toThrow('of the callback');
    queue.fire(20);

    expect(fired).toBe(1);
  });

  it('lets go of 5,000 cancelled timers and keeps the 10 that are not', () => {
    const queue = new TimerQueue();
    const fired: number[] = [];
    for (let dueUs = 0; dueUs < 10; dueUs += 1) queue.add(1e6 + dueUs, () => fired.push(dueUs));
    const cancelled = Array.from({ length: 5000 }, (_, index) =>
      queue.add(index, () => fired.push(-1)),
    );

    for (const timer of cancelled) queue.cancel(timer);

    expect(queue.size).toBe(10);
    queue.fire(2e6);
    expect(fired).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });
});
