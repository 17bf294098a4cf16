import type { Screen } from '../state/screen.ts';
import { DIM, fitBlock, type Line, STRONG, span } from '../text/line.ts';
import { padRight } from '../text/width.ts';

type Entry = readonly [keys: string, does: string];

const LOAD: readonly Entry[] = [
  ['w W', 'add 1 / 10 users'],
  ['s S', 'remove 1 / 10 users'],
  ['u', 'set number of users'],
  ['r', 'set spawn rate'],
  ['x', 'graceful stop; again: cut'],
  ['q', 'quit (asks while running)'],
  ['Ctrl-C', 'stop; twice: quit now'],
  ['Ctrl-Z', 'leave the screen, run on'],
];

/** What keys do otherwise on the screen of a guest, who only looks on. */
const GUEST: ReadonlyMap<string, string> = new Map([
  ['q', 'leave, the run goes on'],
  ['Ctrl-C', 'leave, the run goes on'],
]);

const VIEW: readonly Entry[] = [
  ['1-5 Tab', 'switch view'],
  ['Up Dn j k', 'select, PgUp PgDn Home End'],
  ['Enter', 'print this table at exit'],
  ['/', 'filter by name, Esc clears'],
  ['o O', 'next sort column / reverse'],
  ['v', 'response/service/send lag'],
  ['t', 'last 10 s / whole run'],
  ['p Space', 'freeze the display'],
];

const WORDS: readonly Entry[] = [
  ['response', 'from when a request was due; service: from when katydid acted on it'],
  ['send lag', 'the delay of katydid itself before it acted'],
  ['loop', 'how busy a worker is; at 95 % its times cannot be trusted'],
  ['~', 'before a time: it holds that delay, the run is not valid'],
];

/** From this width on the two lists of keys stand beside each other. */
const TWO_COLUMNS = 76;
const LEFT_COLUMNS = 40;

/** All keys, and the words that the screen uses. */
export function helpView(screen: Screen, width: number, height: number): Line[] {
  const lines = [
    ...keyLines(screen.state.isGuest, width),
    [],
    heading('Words'),
    ...WORDS.map(([word, means]) => entry(word, means, 11)),
  ];
  const all = [[], ...lines];
  if (all.length <= height) return fitBlock(all, width, height);
  const shown = all.slice(0, height - 1);
  const more = ` +${all.length - shown.length} more lines in a larger window`;
  return fitBlock([...shown, [span(more, DIM)]], width, height);
}

function keyLines(isGuest: boolean, width: number): Line[] {
  const load = LOAD.map(
    ([keys, does]): Entry => [keys, (isGuest ? GUEST.get(keys) : undefined) ?? does],
  );
  if (width < TWO_COLUMNS) {
    // Without the height for two headings, one list is easier to read than two.
    return [...load, ...VIEW].map(([keys, does]) => entry(keys, does, 11));
  }
  const titles: Line = [span(padRight(' Load', LEFT_COLUMNS), STRONG), span(' View', STRONG)];
  const rows = load.map(([keys, does], i): Line => {
    const [viewKeys, viewDoes] = VIEW[i] ?? ['', ''];
    const left = entry(keys, padRight(does, LEFT_COLUMNS - 13), 11);
    return [...left, ...entry(viewKeys, viewDoes, 11)];
  });
  return [titles, ...rows];
}

function heading(text: string): Line {
  return [span(` ${text}`, STRONG)];
}

function entry(keys: string, does: string, width: number): Line {
  return [span(`  ${padRight(keys, width)}`, STRONG), span(does, DIM)];
}
