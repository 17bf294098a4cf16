import { describe, expect, it } from 'vitest';
import { IntervalOutbox } from '../../../../src/worker/link/interval-outbox.ts';

describe('IntervalOutbox', () => {
  it('keeps intervals in order until they are stored, each lease by itself', () => {
    const outbox = new IntervalOutbox();
    for (const [epoch, sequence] of [
      [1, 7],
      [1, 8],
      [2, 1],
      [2, 2],
    ] as const) {
      outbox.add({ epoch, sequence, payload: Uint8Array.of(sequence) });
    }
    outbox.stored(2, 1);
    outbox.stored(1, 7);
    outbox.stored(3, 100);
    expect(outbox.all().map(({ epoch, sequence }) => [epoch, sequence])).toEqual([
      [1, 8],
      [2, 2],
    ]);
  });
});
