/** One column of a table: a title and a cell for each row. */
export interface Column {
  readonly title: string;
  readonly cells: readonly string[];
  /** @default 'left' */
  readonly align?: 'left' | 'right';
}

const GAP = '  ';
/** Longer texts are cut, so that one long name cannot push the rest off the line. */
const WIDEST_CELL = 24;

/**
 * Lines of an aligned table. Where `more` columns do not all fit beside the `fixed` ones, the table
 * goes on below with the fixed ones repeated.
 *
 * @param width - Widest line; holds as long as the fixed columns and one more fit in it.
 */
export function layOutTable(
  fixed: readonly Column[],
  more: readonly Column[],
  width: number,
): string[] {
  const fixedCells = fixed.map(padded);
  const fixedWidth = widthOf(fixedCells);
  const lines: string[] = [];
  let band: string[][] = [];
  const flush = (): void => {
    if (lines.length > 0) lines.push('');
    lines.push(...joined([...fixedCells, ...band]));
    band = [];
  };
  for (const cells of more.map(padded)) {
    if (band.length > 0 && fixedWidth + widthOf([...band, cells]) > width) flush();
    band.push(cells);
  }
  flush();
  return lines;
}

/** Title and cells, all of one width. */
function padded({ title, cells, align }: Column): string[] {
  const texts = [title, ...cells].map(shortened);
  const width = texts.reduce((widest, text) => Math.max(widest, text.length), 0);
  return texts.map((text) => (align === 'right' ? text.padStart(width) : text.padEnd(width)));
}

function shortened(text: string): string {
  return text.length > WIDEST_CELL ? `${text.slice(0, WIDEST_CELL - 1)}…` : text;
}

/** Width of these columns side by side, each with its gap. */
function widthOf(columns: readonly (readonly string[])[]): number {
  return columns.reduce((sum, [title = '']) => sum + title.length + GAP.length, 0);
}

function joined(columns: readonly (readonly string[])[]): string[] {
  const titles = columns[0] ?? [];
  return titles.map((_, row) =>
    columns
      .map((cells) => cells[row] ?? '')
      .join(GAP)
      .trimEnd(),
  );
}
