import type { Screen } from '../state/screen.ts';
import type { Prompt } from '../state/ui-state.ts';
import {
  DIM,
  type Line,
  type Span,
  STRONG,
  span,
  spansWidth,
  spreadLine,
  WARN,
} from '../text/line.ts';

/** A key and what it does. Where there is no room, the hints of the highest rank go first. */
interface Hint {
  readonly key: string;
  readonly does: string;
  readonly rank: number;
}

/** The last line: the keys that work now; in their place a question, a prompt or what has just been done. */
export function keysLine(screen: Screen, width: number): Line {
  const { state, caps, isFinished } = screen;
  if (!caps.keys) return [span(' keys off: stdin is not a terminal', DIM)];
  if (state.prompt !== null) return promptLine(state.prompt);
  if (state.confirm !== null) return question(state.confirm);
  if (state.notice !== null) return [span(` ${state.notice}`, STRONG)];
  if (state.isHelpOpen) return [span(' ? or Esc', STRONG), span(' closes', DIM)];
  const closing = isFinished && state.closingInS !== null && !state.isKept;
  const right = closing ? [span(`closing in ${state.closingInS} s, any key stays `, DIM)] : [];
  const hints = fittingHints(hintsFor(screen), width - spansWidth(right) - 1);
  return spreadLine(hintSpans(hints), right, width);
}

function hintsFor(screen: Screen): Hint[] {
  const { snapshot, state, layout, glyphs } = screen;
  const help = { key: '?', does: 'help', rank: 0 };
  const quit = { key: 'q', does: 'quit', rank: 0 };
  if (snapshot.state === 'waiting') {
    return [{ key: 'Enter', does: 'start now', rank: 0 }, USERS, RATE, help, quit];
  }
  const view = { key: '1-5', does: 'view', rank: 1 };
  const isTable = state.view === 'requests';
  const isList = state.view === 'failures' || state.view === 'workers';
  const table = isTable ? [FILTER, SORT] : isList ? [SELECT] : [];
  const print = { key: 'Enter', does: 'print', rank: 9 };
  if (screen.isFinished) return [quit, view, ...table, print, help];
  if (snapshot.state === 'stopping') {
    return [help, view, ...table, print, PAUSE, { key: 'x', does: 'cut now', rank: 0 }, quit];
  }
  const change = { key: 'w/s', does: `user +1/${glyphs.minus}1`, rank: 3 };
  const set = layout.isWide ? [USERS, RATE] : [];
  return [help, view, ...table, change, ...set, print, PAUSE, STOP, quit];
}

const USERS: Hint = { key: 'u', does: 'set users', rank: 7 };
const RATE: Hint = { key: 'r', does: 'set rate', rank: 8 };
const FILTER: Hint = { key: '/', does: 'filter', rank: 5 };
const SELECT: Hint = { key: 'j/k', does: 'select', rank: 5 };
const SORT: Hint = { key: 'o', does: 'sort', rank: 6 };
const PAUSE: Hint = { key: 'p', does: 'freeze', rank: 4 };
const STOP: Hint = { key: 'x', does: 'stop', rank: 0 };

/** Leaves out the hints that matter least until the rest fits. */
function fittingHints(hints: readonly Hint[], room: number): Hint[] {
  const kept = [...hints];
  while (kept.length > 1 && spansWidth(hintSpans(kept)) > room) {
    const least = Math.max(...kept.map(({ rank }) => rank));
    kept.splice(
      kept.findIndex(({ rank }) => rank === least),
      1,
    );
  }
  return kept;
}

function hintSpans(hints: readonly Hint[]): Span[] {
  return hints.flatMap(({ key, does }, i) => [
    span(`${i === 0 ? ' ' : '  '}${key}`, STRONG),
    span(` ${does}`, DIM),
  ]);
}

function promptLine({ kind, text, problem }: Prompt): Line {
  if (kind === 'filter') {
    return [
      span(' Filter  ', DIM),
      span(`${text}_`, STRONG),
      span('   Enter keeps, Esc clears', DIM),
    ];
  }
  const title = kind === 'users' ? ' Target users  ' : ' Spawn rate  ';
  const hint = 'Enter to apply, Esc to cancel  or +50, -50, 2x';
  return [
    span(title, DIM),
    span(`${text}_`, STRONG),
    problem === undefined ? span(`   ${hint}`, DIM) : span(`   ${problem}`, WARN),
  ];
}

function question(confirm: 'stop' | 'quit'): Line {
  const text = confirm === 'quit' ? ' Test is running.   ' : ' Stop the test?   ';
  const yes = confirm === 'quit' ? ' stop and quit   ' : ' stop gracefully   ';
  return [
    span(text, WARN),
    span('y', STRONG),
    span(yes, DIM),
    span('n', STRONG),
    span(' keep running', DIM),
  ];
}
