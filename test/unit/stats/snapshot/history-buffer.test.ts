import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HistoryBuffer } from '../../../../src/stats/snapshot/history-buffer.ts';
import type { HistoryRows } from '../../../../src/stats/snapshot/run-snapshot.ts';
import { NO_ROWS } from '../../../support/snapshots.ts';

/** Rows whose requests per second are `rps`, all else empty. */
function rowsWith(seconds: Readonly<Record<number, number>>): HistoryRows {
  const second = Object.keys(seconds).map(Number);
  const zeros = second.map(() => 0);
  const none = second.map(() => null);
  return {
    ...{ second, users: zeros, rps: Object.values(seconds), failPs: zeros, inFlight: zeros },
    ...{ loopMax: zeros, p50: none, p95: none, p99: none, service95: none, lag99: none },
  };
}

describe('HistoryBuffer', () => {
  it('puts rows in their places, later ones before earlier ones, and leaves gaps empty', () => {
    const buffer = new HistoryBuffer();

    buffer.take(rowsWith({ 3: 30 }));
    buffer.take(rowsWith({ 0: 5, 3: 31 }));

    const { t, rps, p95, users } = buffer.history();
    expect(t).toEqual([1000, 2000, 3000, 4000]);
    expect(rps).toEqual([5, 0, 0, 31]);
    expect([p95, users]).toEqual([
      [null, null, null, null],
      [0, 0, 0, 0],
    ]);
  });

  it('gives histories that later rows do not change', () => {
    const buffer = new HistoryBuffer();
    buffer.take(rowsWith({ 0: 1 }));
    const before = buffer.history();

    buffer.take(rowsWith({ 0: 2, 1: 3 }));

    expect(before.rps).toEqual([1]);
  });

  it('takes no seconds that cannot be, which would cost memory without end', () => {
    const buffer = new HistoryBuffer();

    buffer.take(rowsWith({ 4000000000: 1 }));
    buffer.take({ ...rowsWith({ 1: 1 }), second: [-1] });

    expect(buffer.history().t).toEqual([]);
  });

  it('is the same whichever way the last word on each second arrives', () => {
    const rows = fc.array(fc.tuple(fc.nat(40), fc.nat(9)), { maxLength: 60 });
    fc.assert(
      fc.property(rows, (sent) => {
        const oneByOne = new HistoryBuffer();
        for (const [second, rps] of sent) oneByOne.take(rowsWith({ [second]: rps }));
        const atOnce = new HistoryBuffer();
        atOnce.take(rowsWith(Object.fromEntries(sent)));

        expect(oneByOne.history()).toEqual(atOnce.history());
      }),
    );
  });

  it('is empty before anything has come', () => {
    const buffer = new HistoryBuffer();
    buffer.take(NO_ROWS);

    expect(buffer.history().t).toEqual([]);
  });
});
