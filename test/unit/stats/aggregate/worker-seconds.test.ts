import { describe, expect, it } from 'vitest';
import {
  type WorkerSecond,
  WorkerSeconds,
} from '../../../../src/stats/aggregate/worker-seconds.ts';
import { calmHealth } from '../sample-intervals.ts';

function second(changes: Partial<WorkerSecond> & { readonly loopRatio?: number }): WorkerSecond {
  const { loopRatio = 0.2, ...rest } = changes;
  const health = { ...calmHealth, loopRatio };
  return { epoch: 1, second: 0, users: 1, requests: 3, health, ...rest };
}

describe('WorkerSeconds', () => {
  it('counts seconds with users or requests, and those without time to spare among them', () => {
    const seconds = new WorkerSeconds();

    for (let at = 0; at < 40; at += 1) {
      seconds.add(second({ second: at, loopRatio: at % 4 === 0 ? 0.95 : 0.94 }));
    }
    seconds.add(second({ second: 40, users: 0, requests: 0, loopRatio: 1 }));

    expect(seconds.activeSeconds).toBe(40);
    expect(seconds.saturatedSeconds).toBe(10);
  });

  it('takes two intervals of one second as one, with the levels of the newer lease', () => {
    const seconds = new WorkerSeconds();

    seconds.add(second({ epoch: 2, users: 0, requests: 0, loopRatio: 1 }));
    seconds.add(second({ epoch: 1, requests: 2, loopRatio: 0.2 }));

    expect(seconds.activeSeconds).toBe(1);
    expect(seconds.saturatedSeconds).toBe(1);
  });

  it('leaves out the users of what was measured before the start', () => {
    const seconds = new WorkerSeconds();

    seconds.add(second({ second: -1, requests: 0 }));

    expect(seconds.activeSeconds).toBe(0);
  });

  it('adds up how often the loop stood still in one second', () => {
    const seconds = new WorkerSeconds();
    const stalls = { totalUs: 60_000, longestUs: 60_000, requests: 2 };

    seconds.add(second({ health: { ...calmHealth, stalls } }));
    seconds.add(second({ health: { ...calmHealth, stalls } }));

    expect(seconds.stalls).toEqual([{ totalUs: 120_000, longestUs: 60_000, requests: 4 }]);
  });
});
