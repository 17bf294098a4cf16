/** The characters that the screen is drawn with. */
export interface Glyphs {
  readonly good: string;
  readonly warn: string;
  readonly unsure: string;
  readonly bad: string;
  readonly pending: string;
  readonly unset: string;
  readonly ellipsis: string;
  readonly arrow: string;
  readonly ruleFull: string;
  readonly ruleEmpty: string;
  readonly times: string;
  readonly minus: string;
  readonly up: string;
  readonly down: string;
  readonly sortUp: string;
  readonly sortDown: string;
  readonly selected: string;
  readonly worker: string;
  readonly axis: string;
  readonly micro: 'µ' | 'u';
  /** Eight levels, lowest first. */
  readonly levels: string;
  /** Whether line charts may be drawn with braille dots. */
  readonly braille: boolean;
}

const UNICODE: Glyphs = {
  good: '✓',
  warn: '!',
  unsure: '?',
  bad: '✗',
  pending: '·',
  unset: '–',
  ellipsis: '…',
  arrow: '→',
  ruleFull: '━',
  ruleEmpty: '─',
  times: '×',
  minus: '−',
  up: '↑',
  down: '↓',
  sortUp: '▲',
  sortDown: '▼',
  selected: '▌',
  worker: '•',
  axis: '│',
  micro: 'µ',
  levels: '▁▂▃▄▅▆▇█',
  braille: true,
};

const ASCII: Glyphs = {
  good: '+',
  warn: '!',
  unsure: '?',
  bad: 'x',
  pending: '.',
  unset: '-',
  ellipsis: '~',
  arrow: '->',
  ruleFull: '=',
  ruleEmpty: '-',
  times: 'x',
  minus: '-',
  up: '^',
  down: 'v',
  sortUp: '^',
  sortDown: 'v',
  selected: '>',
  worker: 'o',
  axis: '|',
  micro: 'u',
  levels: '_.:-=+*#',
  braille: false,
};

/** The characters of a set; each is one column wide, but the arrow of `ascii` takes two. */
export function glyphsOf(set: 'unicode' | 'ascii'): Glyphs {
  return set === 'ascii' ? ASCII : UNICODE;
}
