import { describe, expect, it } from 'vitest';
import { onSnapshot, rerank } from '../../../../../src/ui/model/state/on-snapshot.ts';
import { INITIAL_STATE, type UiState } from '../../../../../src/ui/model/state/ui-state.ts';
import { snapshotOf } from '../../../../support/snapshots.ts';

const sorted = { ...INITIAL_STATE, sort: 'reqs' as const };

/** The shop with one name that suddenly has the most requests. */
function busyHealth(second: number) {
  const snapshot = snapshotOf({ second });
  return {
    ...snapshot,
    requests: snapshot.requests.map((row) =>
      row.name === '/healthz' ? { ...row, run: { ...row.run, n: 1_000_000 } } : row,
    ),
  };
}

describe('onSnapshot', () => {
  it('puts a sorted table in order again after 2 s, not after 1', () => {
    const first = snapshotOf({ second: 20 });
    const state = rerank(sorted, first);

    const afterOne = onSnapshot(state, busyHealth(21), first);
    const afterTwo = onSnapshot(afterOne, busyHealth(22), busyHealth(21));

    expect(afterOne.ranking?.keys[0]).toBe('GET /');
    expect(afterTwo.ranking?.keys[0]).toBe('GET /healthz');
  });

  it('never changes the order in which the names were first seen', () => {
    const state = onSnapshot(INITIAL_STATE, busyHealth(30), snapshotOf({ second: 20 }));

    expect(state).toBe(INITIAL_STATE);
  });

  it('keeps a log that was scrolled back at its lines while new ones come', () => {
    const before = snapshotOf();
    const after = {
      ...before,
      log: [
        ...before.log,
        { at: 42_000, level: 'info' as const, text: 'one' },
        { at: 43_000, level: 'info' as const, text: 'two' },
      ],
    };

    expect(onSnapshot({ ...INITIAL_STATE, logBack: 3 }, after, before).logBack).toBe(5);
    expect(onSnapshot(INITIAL_STATE, after, before).logBack).toBe(0);
  });

  it('takes questions about the load away when the run is over, but no filter', () => {
    const end = snapshotOf({ state: 'finished', second: 60 });
    const afterEnd = (state: Partial<UiState>): UiState =>
      onSnapshot({ ...INITIAL_STATE, ...state }, end, snapshotOf({ second: 59 }));

    expect(afterEnd({ prompt: { kind: 'users', text: '5' } }).prompt).toBeNull();
    expect(afterEnd({ confirm: 'stop' }).confirm).toBeNull();
    expect(afterEnd({ prompt: { kind: 'filter', text: 'ca' } }).prompt?.text).toBe('ca');
    expect(onSnapshot({ ...INITIAL_STATE, confirm: 'quit' }, end, end).confirm).toBe('quit');
  });

  it('leaves a paused display alone', () => {
    const frozen = {
      ...rerank(sorted, snapshotOf({ second: 5 })),
      frozen: snapshotOf({ second: 5 }),
    };

    expect(onSnapshot(frozen, busyHealth(50), snapshotOf({ second: 49 }))).toBe(frozen);
  });
});
