import type { RunSnapshot } from '../../../stats/snapshot/run-snapshot.ts';
import { rerank } from '../state/on-snapshot.ts';
import { CLOCKS, type Prompt, SORT_COLUMNS, type UiState, VIEWS } from '../state/ui-state.ts';
import type { UiCommand } from '../text/command.ts';
import type { KeyPress } from '../text/key-press.ts';
import { onListKey } from './on-list-key.ts';
import { eraseLast, readPrompt, typeInto } from './prompt.ts';

/** What follows from a key: the screen's next state, and what is asked of the run. */
export interface KeyEffect {
  readonly state: UiState;
  readonly commands: readonly UiCommand[];
}

/** Nobody types more between two reads of the terminal: a longer text was pasted, and the terminal does not say so. */
const PASTED_LENGTH = 8;

/**
 * Decides what a key does. Pure: the same state, key and snapshot always give the same effect.
 *
 * @param input - The characters typed; several where they arrived together.
 * @param key - Which special key it was, if any.
 * @param newest - The newest snapshot, on screen unless the display is paused.
 */
export function onKey(
  state: UiState,
  input: string,
  key: KeyPress,
  newest: RunSnapshot,
): KeyEffect {
  const awake: UiState = {
    ...state,
    notice: null,
    isKept: state.isKept || newest.state === 'finished',
  };
  const characters = Array.from(input);
  if (isSpecial(key) || characters.length <= 1) return onOneKey(awake, input, key, newest);
  if (awake.prompt !== null) return onTypedLine(awake, input, newest);
  if (characters.length > PASTED_LENGTH) return stay(awake);
  return characters.reduce<KeyEffect>(
    (effect, character) => {
      const next = onOneKey(effect.state, character, key, newest);
      return { state: next.state, commands: [...effect.commands, ...next.commands] };
    },
    { state: awake, commands: [] },
  );
}

/** Several characters that arrive together while a prompt is open. What follows an Enter among them is left out. */
function onTypedLine(state: UiState, input: string, newest: RunSnapshot): KeyEffect {
  const end = input.search(/[\r\n]/);
  if (end < 0) return onPaste(state, input);
  const typed = onPaste(state, input.slice(0, end)).state;
  return onOneKey(typed, '', { return: true }, newest);
}

/** Pasted text goes into an open prompt; without one it does nothing. */
export function onPaste(state: UiState, text: string): KeyEffect {
  return stay(state.prompt === null ? state : { ...state, prompt: typeInto(state.prompt, text) });
}

function isSpecial(key: KeyPress): boolean {
  return Boolean(
    key.ctrl || key.meta || key.return || key.escape || key.tab || key.upArrow || key.downArrow,
  );
}

function onOneKey(state: UiState, input: string, key: KeyPress, newest: RunSnapshot): KeyEffect {
  if (key.ctrl) return input === 'c' ? onInterrupt(state, newest) : stay(state);
  if (key.meta && !key.escape) return stay(state);
  if (state.prompt !== null) return onPromptKey(state, state.prompt, input, key, newest);
  if (state.confirm !== null) return onAnswer(state, state.confirm, input, key);
  if (key.escape) return stay(closeOne(state, newest));
  if (state.isHelpOpen && input === '?') return stay({ ...state, isHelpOpen: false });
  if (key.return) return onEnter(state, newest);
  if (key.tab) return stay(stepView(state, key.shift ? -1 : 1));
  const listed = onListKey(state, input, key, newest);
  if (listed !== null) return stay(listed);
  return onDisplayKey(state, input, newest) ?? onRunKey(state, input, newest);
}

/** Ctrl-C stops without asking; the second one quits. A guest just leaves. */
function onInterrupt(state: UiState, newest: RunSnapshot): KeyEffect {
  const isOver = newest.state === 'finished';
  if (isOver || state.isGuest || state.isInterrupted)
    return { state, commands: [{ type: 'quit' }] };
  const next = { ...state, isInterrupted: true, confirm: null, prompt: null };
  return { state: next, commands: [{ type: 'interrupt' }] };
}

function onPromptKey(
  state: UiState,
  prompt: Prompt,
  input: string,
  key: KeyPress,
  newest: RunSnapshot,
): KeyEffect {
  if (key.escape) {
    const cleared = prompt.kind === 'filter' ? { filter: '' } : {};
    return stay({ ...state, prompt: null, ...cleared });
  }
  if (key.return) return onPromptEnter(state, prompt, newest);
  if (key.backspace || key.delete) return stay({ ...state, prompt: eraseLast(prompt) });
  return input === '' ? stay(state) : stay({ ...state, prompt: typeInto(prompt, input) });
}

function onPromptEnter(state: UiState, prompt: Prompt, newest: RunSnapshot): KeyEffect {
  if (prompt.kind === 'filter') return stay({ ...state, prompt: null, filter: prompt.text });
  const { target, spawnRate } = newest.users;
  const read = readPrompt(prompt, prompt.kind === 'users' ? target : spawnRate);
  if ('problem' in read) return stay({ ...state, prompt: { ...prompt, problem: read.problem } });
  return { state: { ...state, prompt: null }, commands: [read.command] };
}

function onAnswer(
  state: UiState,
  question: 'stop' | 'quit',
  input: string,
  key: KeyPress,
): KeyEffect {
  const answered = { ...state, confirm: null };
  if (input === 'y' || input === 'Y') return { state: answered, commands: [{ type: question }] };
  return key.escape || input === 'n' || input === 'N' ? stay(answered) : stay(state);
}

/** Esc takes back one thing at a time: the help, then the filter, then the selections, then the freeze. */
function closeOne(state: UiState, newest: RunSnapshot): UiState {
  if (state.isHelpOpen) return { ...state, isHelpOpen: false };
  if (state.filter !== '') return { ...state, filter: '' };
  if (hasSelection(state)) return { ...state, ...NOTHING_SELECTED };
  return state.frozen === null ? state : thaw(state, newest);
}

const NOTHING_SELECTED = { selected: null, selectedFailure: null, selectedWorker: null };

function hasSelection({ selected, selectedFailure, selectedWorker }: UiState): boolean {
  return selected !== null || selectedFailure !== null || selectedWorker !== null;
}

function onEnter(state: UiState, newest: RunSnapshot): KeyEffect {
  if (newest.state === 'waiting') return { state, commands: [{ type: 'start-now' }] };
  return { state, commands: [{ type: 'print' }] };
}

function onDisplayKey(state: UiState, input: string, newest: RunSnapshot): KeyEffect | null {
  switch (input) {
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
      return stay({ ...state, view: VIEWS[Number(input) - 1] ?? state.view, isHelpOpen: false });
    case '?':
      return stay({ ...state, isHelpOpen: true });
    case 'p':
    case ' ':
      return stay(state.frozen === null ? { ...state, frozen: newest } : thaw(state, newest));
    case '/':
      return stay(openPrompt({ ...state, view: 'requests' }, 'filter', state.filter));
    case 'o':
      return stay(
        rerank({ ...state, sort: stepIn(SORT_COLUMNS, state.sort) }, shown(state, newest)),
      );
    case 'O':
      return stay(rerank({ ...state, isReversed: !state.isReversed }, shown(state, newest)));
    case 'v':
      return stay(rerank({ ...state, clock: stepIn(CLOCKS, state.clock) }, shown(state, newest)));
    case 't':
      return stay(rerank({ ...state, isRecent: !state.isRecent }, shown(state, newest)));
    default:
      return null;
  }
}

const USER_STEPS: ReadonlyMap<string, number> = new Map([
  ['w', 1],
  ['W', 10],
  ['s', -1],
  ['S', -10],
]);

function onRunKey(state: UiState, input: string, newest: RunSnapshot): KeyEffect {
  if (input === 'q') return onQuit(state, newest);
  if (newest.state === 'finished') return stay(state);
  const delta = USER_STEPS.get(input);
  const isChangeable = newest.state !== 'stopping';
  if (delta !== undefined && isChangeable)
    return { state, commands: [{ type: 'add-users', delta }] };
  if (input === 'u' && isChangeable) return stay(openPrompt(state, 'users', ''));
  if (input === 'r' && isChangeable) return stay(openPrompt(state, 'rate', ''));
  if (input !== 'x') return stay(state);
  return isChangeable
    ? stay({ ...state, confirm: 'stop', isHelpOpen: false })
    : { state, commands: [{ type: 'force-stop' }] };
}

function onQuit(state: UiState, newest: RunSnapshot): KeyEffect {
  const isAsked = newest.state !== 'finished' && !state.isGuest;
  if (!isAsked) return { state, commands: [{ type: 'quit' }] };
  return stay({ ...state, confirm: 'quit', isHelpOpen: false });
}

function openPrompt(state: UiState, kind: Prompt['kind'], text: string): UiState {
  return { ...state, prompt: { kind, text }, isHelpOpen: false };
}

function thaw(state: UiState, newest: RunSnapshot): UiState {
  return rerank({ ...state, frozen: null }, newest);
}

function shown(state: UiState, newest: RunSnapshot): RunSnapshot {
  return state.frozen ?? newest;
}

function stepView(state: UiState, step: 1 | -1): UiState {
  const next = (VIEWS.indexOf(state.view) + step + VIEWS.length) % VIEWS.length;
  return { ...state, view: VIEWS[next] ?? state.view, isHelpOpen: false };
}

function stepIn<T>(list: readonly T[], current: T): T {
  return list[(list.indexOf(current) + 1) % list.length] ?? current;
}

function stay(state: UiState): KeyEffect {
  return { state, commands: [] };
}
