/** Which parts of the screen there is room for. It depends on the terminal's size alone, so that nothing moves. */
export interface Layout {
  readonly columns: number;
  /** Lines drawn: one fewer than the terminal has, since some consoles scroll when the last one is written. */
  readonly height: number;
  /** Too small for anything but the state. */
  readonly isTiny: boolean;
  /** One line of checks, no sparklines, a short table. */
  readonly isSmall: boolean;
  /** Room for blank lines and the ledger; if `isWide` too, for panels below the table. */
  readonly isTall: boolean;
  /** Room for more columns and for two panels beside each other. */
  readonly isWide: boolean;
  /** Room for a second column of panels at the right of the table. */
  readonly isHuge: boolean;
  readonly figureCells: 4 | 6 | 8 | 10;
}

const TINY_COLUMNS = 40;
const TINY_ROWS = 10;
const SMALL_COLUMNS = 70;
const SMALL_HEIGHT = 19;
const TALL_HEIGHT = 29;
const WIDE_COLUMNS = 112;
const HUGE_COLUMNS = 170;

/** Decides what a terminal of this size has room for. */
export function layoutFor(columns: number, rows: number): Layout {
  const height = Math.max(1, rows - 1);
  const isSmall = height < SMALL_HEIGHT || columns < SMALL_COLUMNS;
  const isWide = !isSmall && columns >= WIDE_COLUMNS;
  const isHuge = isWide && columns >= HUGE_COLUMNS && height >= TALL_HEIGHT;
  return {
    columns,
    height,
    isTiny: columns < TINY_COLUMNS || rows < TINY_ROWS,
    isSmall,
    isTall: !isSmall && height >= TALL_HEIGHT,
    isWide,
    isHuge,
    figureCells: isSmall ? 4 : figureCells(columns),
  };
}

function figureCells(columns: number): 6 | 8 | 10 {
  if (columns >= HUGE_COLUMNS) return 10;
  return columns >= WIDE_COLUMNS ? 8 : 6;
}
