import { describe, expect, it } from 'vitest';
import {
  type LeaseOccurrence,
  type LeaseState,
  leaseStateAfter,
} from '../../../src/worker/lease-state.ts';
import { transitionTableOf } from '../../support/transition-table.ts';

// Records, so that the compiler finds one that is missing.
const STATES = Object.keys({
  clearing: 0,
  'calling-off': 0,
  loading: 0,
  ready: 0,
  stopping: 0,
  settling: 0,
  drained: 0,
  past: 0,
} satisfies Record<LeaseState, 0>) as LeaseState[];

const OCCURRENCES = Object.keys({
  cleared: 0,
  loaded: 0,
  stop: 0,
  cut: 0,
  'users-gone': 0,
  settled: 0,
  dropped: 0,
} satisfies Record<LeaseOccurrence, 0>) as LeaseOccurrence[];

const PAIRS = STATES.flatMap((state) => OCCURRENCES.map((on) => ({ state, on })));

describe('leaseStateAfter', () => {
  const table = transitionTableOf('src/worker/lease-state.ts');

  it.each(PAIRS)('goes from $state on $on where its table says', ({ state, on }) => {
    expect(leaseStateAfter(state, on)).toBe(table.get(`${state} / ${on}`));
  });

  it('knows all 56 pairs, and its table no other', () => {
    const known = new Set(PAIRS.map(({ state, on }) => `${state} / ${on}`));
    expect(known.size).toBe(56);
    expect([...table.keys()].filter((pair) => !known.has(pair))).toEqual([]);
  });

  it('comes from every state but past to drained, once it is stopped', () => {
    const way: readonly LeaseOccurrence[] = ['stop', 'cleared', 'users-gone', 'settled'];
    for (const state of STATES.filter((each) => each !== 'past')) {
      expect(way.reduce<LeaseState>((at, on) => leaseStateAfter(at, on) ?? at, state)).toBe(
        'drained',
      );
    }
  });

  it('does nothing more once it is past', () => {
    expect(OCCURRENCES.filter((on) => leaseStateAfter('past', on) !== undefined)).toEqual([]);
  });
});
