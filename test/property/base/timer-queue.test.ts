import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type QueuedTimer, TimerQueue } from '../../../src/base/timer-queue.ts';

const operation = fc.oneof(
  { weight: 5, arbitrary: fc.record({ type: fc.constant('add' as const), dueUs: fc.nat(200) }) },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('cancel' as const), index: fc.nat(300) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('fire' as const), byUs: fc.nat(40) }) },
);

describe('TimerQueue', () => {
  it('fires every timer exactly once, in order, never early, unless it was cancelled', () => {
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 300 }), (operations) => {
        const queue = new TimerQueue();
        const timers: { handle: QueuedTimer; dueUs: number; state: string }[] = [];
        let nowUs = 0;
        for (const each of operations) {
          if (each.type === 'add') {
            const timer = { dueUs: nowUs + each.dueUs, state: 'waiting' };
            const handle = queue.add(timer.dueUs, () => {
              expect(entry.state).toBe('waiting');
              entry.state = 'fired';
            });
            const entry = { ...timer, handle };
            timers.push(entry);
          } else if (each.type === 'cancel') {
            const timer = timers[each.index];
            if (timer === undefined) continue;
            queue.cancel(timer.handle);
            if (timer.state === 'waiting') timer.state = 'cancelled';
          } else {
            nowUs += each.byUs;
            queue.fire(nowUs);
            for (const timer of timers) {
              if (timer.state === 'waiting') expect(timer.dueUs).toBeGreaterThan(nowUs);
              if (timer.state === 'fired') expect(timer.dueUs).toBeLessThanOrEqual(nowUs);
            }
          }
          const waiting = timers.filter((timer) => timer.state === 'waiting');
          expect(queue.size).toBe(waiting.length);
          expect(queue.nextDueUs).toBe(
            Math.min(Number.POSITIVE_INFINITY, ...waiting.map((timer) => timer.dueUs)),
          );
        }
      }),
      { numRuns: 200 },
    );
  });
});
