import { describe, expect, it } from 'vitest';
import type { RunSnapshot } from '../../../../../src/stats/snapshot/run-snapshot.ts';
import { onKey, onPaste } from '../../../../../src/ui/model/keys/on-key.ts';
import { INITIAL_STATE, type UiState } from '../../../../../src/ui/model/state/ui-state.ts';
import type { UiCommand } from '../../../../../src/ui/model/text/command.ts';
import type { KeyPress } from '../../../../../src/ui/model/text/key-press.ts';
import { snapshotOf } from '../../../../support/snapshots.ts';

const ENTER: KeyPress = { return: true };
const ESCAPE: KeyPress = { escape: true };
const DOWN: KeyPress = { downArrow: true };
const UP: KeyPress = { upArrow: true };
const CTRL_C: Press = { input: 'c', ctrl: true };

const steady = snapshotOf();

/** Characters, or a special key with the character that comes with it. */
type Press = string | (KeyPress & { readonly input?: string });

/** What comes of some keys, one after the other. */
function press(
  keys: readonly Press[],
  snapshot: RunSnapshot = steady,
  start: UiState = INITIAL_STATE,
): { state: UiState; commands: UiCommand[] } {
  const commands: UiCommand[] = [];
  let state = start;
  for (const one of keys) {
    const [input, key] = typeof one === 'string' ? [one, {}] : [one.input ?? '', one];
    const effect = onKey(state, input, key, snapshot);
    state = effect.state;
    commands.push(...effect.commands);
  }
  return { state, commands };
}

describe('keys for the load', () => {
  it.each([
    ['w', 1],
    ['W', 10],
    ['s', -1],
    ['S', -10],
  ])('%s changes the users by %i', (key, delta) => {
    expect(press([key]).commands).toEqual([{ type: 'add-users', delta }]);
  });

  it('takes several keys that arrived together one by one', () => {
    expect(press(['wwS']).commands).toEqual([
      { type: 'add-users', delta: 1 },
      { type: 'add-users', delta: 1 },
      { type: 'add-users', delta: -10 },
    ]);
  });

  it('ignores a chunk that is longer than anyone types', () => {
    expect(press(['wwwwwwwwwwwwwwww'])).toEqual({ state: INITIAL_STATE, commands: [] });
  });

  it.each([
    ['250', 250],
    ['+50', 150],
    ['-30', 70],
    ['-100', 0],
    ['2x', 200],
    ['0.5x', 50],
  ])('u sets the users to what is typed: %s', (typed, users) => {
    const { state, commands } = press(['u', ...typed, ENTER]);

    expect(commands).toEqual([{ type: 'set-users', users }]);
    expect(state.prompt).toBeNull();
  });

  it('r sets the spawn rate, fractions allowed', () => {
    expect(press(['r', '2', '.', '5', ENTER]).commands).toEqual([
      { type: 'set-spawn-rate', rate: 2.5 },
    ]);
  });

  it.each([
    ['u', 'many'],
    ['u', ''],
    ['u', '99999999999'],
    ['u', '1.5'],
    ['u', '+0.5'],
    ['u', '-500'],
    ['r', '0'],
    ['r', '-50'],
    ['r', '1e9'],
  ])('%s keeps the prompt open with the reason where "%s" is typed', (key, typed) => {
    const { state, commands } = press([key, ...typed, ENTER]);

    expect(commands).toEqual([]);
    expect(state.prompt?.problem).toBeTruthy();
  });

  it('Esc leaves a prompt without a command, and Backspace takes its last character', () => {
    expect(press(['u', '5', ESCAPE])).toEqual({ state: INITIAL_STATE, commands: [] });
    expect(press(['u', '5', '0', { backspace: true }]).state.prompt?.text).toBe('5');
  });

  it('Enter starts a waiting run and prints the table of a running one', () => {
    expect(press([ENTER], snapshotOf({ state: 'waiting' })).commands).toEqual([
      { type: 'start-now' },
    ]);
    expect(press([ENTER]).commands).toEqual([{ type: 'print' }]);
  });

  it('changes nothing about a run that is stopping or over', () => {
    for (const state of ['stopping', 'finished'] as const) {
      const { commands } = press(['w', 'W', 's', 'S', 'u', 'r'], snapshotOf({ state }));

      expect(commands).toEqual([]);
    }
  });
});

describe('keys that end the run', () => {
  it('x asks, y stops', () => {
    expect(press(['x']).state.confirm).toBe('stop');
    expect(press(['x', 'y']).commands).toEqual([{ type: 'stop' }]);
    expect(press(['x', 'n'])).toEqual({ state: INITIAL_STATE, commands: [] });
  });

  it('x forces a run that is stopping already, without asking', () => {
    expect(press(['x'], snapshotOf({ state: 'stopping' })).commands).toEqual([
      { type: 'force-stop' },
    ]);
  });

  it('q asks while the test runs and quits at once when it is over', () => {
    expect(press(['q']).commands).toEqual([]);
    expect(press(['q']).state.confirm).toBe('quit');
    expect(press(['q', 'y']).commands).toEqual([{ type: 'quit' }]);
    expect(press(['q'], snapshotOf({ state: 'finished', second: 60 })).commands).toEqual([
      { type: 'quit' },
    ]);
  });

  it('waits for y or n and takes no other key for an answer', () => {
    expect(press(['q', 'w', 'x', ENTER])).toMatchObject({
      commands: [],
      state: { confirm: 'quit' },
    });
  });

  it('Ctrl-C stops without asking, the second one quits', () => {
    expect(press([CTRL_C]).commands).toEqual([{ type: 'interrupt' }]);
    expect(press([CTRL_C, CTRL_C]).commands).toEqual([{ type: 'interrupt' }, { type: 'quit' }]);
    expect(press(['u', '5', CTRL_C]).commands).toEqual([{ type: 'interrupt' }]);
  });
});

describe('keys for the display', () => {
  it('1 to 5 and Tab choose the view', () => {
    expect(press(['3']).state.view).toBe('workers');
    expect(press([{ tab: true }, { tab: true }]).state.view).toBe('workers');
    expect(press([{ tab: true, shift: true }]).state.view).toBe('log');
  });

  it('p freezes the snapshot on show and p again takes the newest', () => {
    const paused = press(['p']).state;
    const later = snapshotOf({ second: 50 });

    expect(paused.frozen).toBe(steady);
    expect(press([' '], later, paused).state.frozen).toBeNull();
  });

  it('o sorts by the next column and O turns the order round', () => {
    const byP95 = press(['o', 'o', 'o', 'o', 'o', 'o']).state;

    expect(byP95.sort).toBe('p95');
    expect(byP95.ranking?.keys[0]).toBe('POST /api/checkout');
    expect(press(['O'], steady, byP95).state.ranking?.keys[0]).toBe('GET /healthz');
  });

  it('v and t choose what the table shows', () => {
    expect(press(['v']).state.clock).toBe('service');
    expect(press(['v', 'v', 'v']).state.clock).toBe('response');
    expect(press(['t']).state.isRecent).toBe(true);
  });

  it('/ filters while it is typed, Enter keeps the filter, Esc clears it', () => {
    const kept = press(['/', 'c', 'a', 'r', 't', ENTER]).state;

    expect(kept).toMatchObject({ filter: 'cart', prompt: null });
    expect(press([ESCAPE], steady, kept).state.filter).toBe('');
    expect(press(['/', 'c', ESCAPE]).state).toMatchObject({ filter: '', prompt: null });
  });

  it('the arrows move a selection that stays with its row', () => {
    expect(press([DOWN]).state.selected).toBe('GET /');
    expect(press([DOWN, DOWN]).state.selected).toBe('GET /api/products');
    expect(press([DOWN, UP, UP]).state.selected).toBe('GET /');
    expect(press([{ end: true }]).state.selected).toBe('GET /healthz');
    expect(press([{ end: true }, 'k']).state.selected).toBe('POST /api/checkout');
  });

  it('takes an Enter that arrives together with the characters before it, and nothing after it', () => {
    const { state, commands } = press(['u', '+50\rq']);

    expect(commands).toEqual([{ type: 'set-users', users: 150 }]);
    expect(state).toMatchObject({ prompt: null, confirm: null });
    expect(press(['u', '1.5\r']).state.prompt?.problem).toBe('users are a whole number');
  });

  it('selects failures and workers by what they are, and Esc takes the selection back', () => {
    const state = { ...INITIAL_STATE, view: 'failures' } as const;
    const [, second] = steady.failures.shown;

    const failure = press([DOWN, DOWN], steady, state).state;
    expect(failure.selectedFailure).toBe(JSON.stringify([second?.request, second?.message]));
    expect(press(['3', 'j'], steady, failure).state.selectedWorker).toBe('w1');
    expect(press(['3', { end: true }], steady, failure).state).toMatchObject({
      selectedWorker: 'w2',
    });
    expect(press([ESCAPE], steady, failure).state.selectedFailure).toBeNull();
  });

  it('scrolls the log back and down to its end again', () => {
    expect(press(['5', UP, UP]).state.logBack).toBe(2);
    expect(press(['5', UP, { end: true }]).state.logBack).toBe(0);
  });

  it('? opens the help, ? and Esc close it', () => {
    expect(press(['?']).state.isHelpOpen).toBe(true);
    expect(press(['?', '?']).state.isHelpOpen).toBe(false);
    expect(press(['?', ESCAPE]).state.isHelpOpen).toBe(false);
  });

  it('does nothing for a key that has no meaning', () => {
    for (const key of ['z', 'ü', '0', '\u0000', '💥']) {
      expect(press([key])).toEqual({ state: INITIAL_STATE, commands: [] });
    }
    expect(
      press([
        { input: 'q', meta: true },
        { input: 'w', ctrl: true },
      ]),
    ).toEqual({ state: INITIAL_STATE, commands: [] });
  });

  it('keeps a finished screen open after any key', () => {
    expect(press(['1'], snapshotOf({ state: 'finished', second: 60 })).state.isKept).toBe(true);
  });
});

describe('onPaste', () => {
  it('puts pasted text into a prompt, without what is not printable', () => {
    const { state } = onPaste(press(['/']).state, 'ca\u001B[31mrt\n');

    expect(state.prompt?.text).toBe('ca[31mrt');
  });

  it('ignores pasted text where there is no prompt', () => {
    expect(onPaste(INITIAL_STATE, 'qy')).toEqual({ state: INITIAL_STATE, commands: [] });
  });
});
