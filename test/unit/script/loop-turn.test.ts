import { describe, expect, it } from 'vitest';
import { countLoopCallback } from '../../../src/base/loop-callbacks.ts';
import { isTurnUsedUp, nextTurn } from '../../../src/script/loop-turn.ts';

/** Iterations that end one after the other before one would have to wait, at most `limit`. */
function iterationsBeforeAWait(limit: number, betweenTwo: () => void = () => undefined): number {
  for (let iterations = 0; iterations < limit; iterations += 1) {
    if (isTurnUsedUp()) return iterations;
    betweenTwo();
  }
  return limit;
}

describe('isTurnUsedUp', () => {
  it('has one of some iterations wait for the event loop where nothing comes from it', async () => {
    await nextTurn();

    expect(iterationsBeforeAWait(1000)).toBe(16);
    expect(isTurnUsedUp()).toBe(true);
  });

  it('begins anew with every turn', async () => {
    iterationsBeforeAWait(1000);

    await nextTurn();

    expect(isTurnUsedUp()).toBe(false);
  });

  it('has none wait while the event loop calls back between them', async () => {
    await nextTurn();

    expect(iterationsBeforeAWait(1000, countLoopCallback)).toBe(1000);
  });
});
