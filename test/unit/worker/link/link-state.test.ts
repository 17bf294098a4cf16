import { describe, expect, it } from 'vitest';
import {
  breachOf,
  type LinkOccurrence,
  type LinkState,
  linkStep,
} from '../../../../src/worker/link/link-state.ts';
import { transitionTableOf } from '../../../support/transition-table.ts';

// Records, so that the compiler finds one that is missing.
const STATES = Object.keys({
  connecting: 0,
  greeting: 0,
  receiving: 0,
  joined: 0,
  ended: 0,
  closed: 0,
} satisfies Record<LinkState, 0>) as LinkState[];

const OCCURRENCES = Object.keys({
  connected: 0,
  'attempt-failed': 0,
  'welcomed-back': 0,
  'welcomed-anew': 0,
  'script-part': 0,
  'script-whole': 0,
  order: 0,
  'clock-answer': 0,
  lost: 0,
  refused: 0,
  'given-up': 0,
  close: 0,
} satisfies Record<LinkOccurrence, 0>) as LinkOccurrence[];

const PAIRS = STATES.flatMap((state) => OCCURRENCES.map((on) => ({ state, on })));

describe('linkStep', () => {
  const table = transitionTableOf('src/worker/link/link-state.ts');

  it.each(PAIRS)('does in $state on $on what its table says', ({ state, on }) => {
    const step = linkStep(state, on);

    const next = table.get(`${state} / ${on}`);
    if (next === undefined) expect(step).toEqual({ state, answer: 'ignore' });
    else if (next === 'breach') expect(step).toEqual({ state, answer: 'breach' });
    else expect(step).toEqual({ state: next, answer: 'act' });
  });

  it('knows all 72 pairs, and its table no other', () => {
    const known = new Set(PAIRS.map(({ state, on }) => `${state} / ${on}`));
    expect(known.size).toBe(72);
    expect([...table.keys()].filter((pair) => !known.has(pair))).toEqual([]);
  });

  it('leaves no state but closed without a way to close', () => {
    for (const state of STATES) {
      expect(linkStep(state, 'close').state).toBe('closed');
    }
  });

  it('names each breach by what the master did', () => {
    const breaches = PAIRS.filter(({ state, on }) => linkStep(state, on).answer === 'breach');
    expect(new Set(breaches.map(({ on }) => breachOf(on)))).toEqual(
      new Set([
        'the master sent an order before its welcome',
        'the master answered a clock probe before its welcome',
        'the master sent a binary message that it had not announced',
        'the master sent its welcome twice',
      ]),
    );
  });
});
