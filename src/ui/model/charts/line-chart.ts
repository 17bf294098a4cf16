import { formatTime } from '../../../base/format.ts';
import type { RunHistory } from '../../../stats/snapshot/run-snapshot.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { type Color, type Line, span } from '../text/line.ts';
import { logPosition, logRange } from '../text/scale.ts';
import { chartLines, plotWidth } from './chart.ts';
import { foldColumns, highestOf } from './time-axis.ts';

interface Curve {
  readonly name: 'p50' | 'p95' | 'p99';
  readonly color: Color;
  /** The character that draws the curve if there is no braille. */
  readonly mark: string;
}

/** In the order in which they are drawn, each over those before it. */
const CURVES: readonly Curve[] = [
  { name: 'p99', color: 'magenta', mark: '*' },
  { name: 'p95', color: 'yellow', mark: 'o' },
  { name: 'p50', color: 'cyan', mark: '.' },
];

/** Bits of the dots of a braille character, by row and column. */
const DOTS = [
  [0x01, 0x08],
  [0x02, 0x10],
  [0x04, 0x20],
  [0x40, 0x80],
] as const;
const BRAILLE = 0x2800;

/** What is drawn in one cell of a plot. */
interface Cell {
  dots: number;
  mark: string;
  color: Color;
}

/** The response times over the time of the run, on a logarithmic axis. */
export function responseChart(
  history: RunHistory,
  spanMs: number,
  columns: number,
  height: number,
  glyphs: Glyphs,
): Line[] {
  const plotHeight = Math.max(1, height - 2);
  const width = plotWidth(columns);
  const range = rangeOf(history);
  const title = { title: 'RESPONSE TIME', note: 'ms, log scale' };
  const plot = new Plot(width, plotHeight);
  const labels = CURVES.flatMap(({ name, color, mark }) => {
    const perColumn = glyphs.braille ? 2 : 1;
    const values = foldColumns(history, highestOf(history[name]), spanMs, width * perColumn);
    const positions = values.map((ms) =>
      ms === null ? null : logPosition(ms, range.bottom, range.top),
    );
    if (glyphs.braille) plot.drawDots(positions, color);
    else plot.drawMarks(positions, mark, color);
    const lastMs = history[name].findLast((ms) => ms !== null) ?? null;
    if (lastMs === null) return [];
    const position = logPosition(lastMs, range.bottom, range.top);
    return [{ position, span: span(`${name} ${formatTime(lastMs, glyphs.micro)}`, { color }) }];
  });
  const marks = axisMarks(range.bottom, range.top);
  return chartLines({ ...title, marks, labels, spanMs }, plot.lines(), columns, glyphs);
}

function rangeOf(history: RunHistory): { bottom: number; top: number } {
  let lowest = Number.POSITIVE_INFINITY;
  let highest = 0;
  for (const { name } of CURVES) {
    for (const ms of history[name]) {
      if (ms === null || !(ms > 0) || !Number.isFinite(ms)) continue;
      lowest = Math.min(lowest, ms);
      highest = Math.max(highest, ms);
    }
  }
  return highest === 0 ? { bottom: 1, top: 100 } : logRange(lowest, highest);
}

/** The ends of the axis and the powers of ten between them. */
function axisMarks(bottom: number, top: number): { position: number; value: number }[] {
  const marks: { position: number; value: number }[] = [];
  for (let value = 10 ** Math.ceil(Math.log10(bottom)); value < top; value *= 10) {
    marks.push({ position: logPosition(value, bottom, top), value });
  }
  return [...marks, { position: 0, value: bottom }, { position: 1, value: top }];
}

/** A grid of cells on which curves are drawn over each other. */
class Plot {
  readonly #width: number;
  readonly #height: number;
  readonly #cells: (Cell | undefined)[];

  constructor(width: number, height: number) {
    this.#width = width;
    this.#height = height;
    this.#cells = new Array<Cell | undefined>(width * height).fill(undefined);
  }

  /** A connected curve, two points a column and four a line; 0 is the bottom, 1 the top. */
  drawDots(positions: readonly (number | null)[], color: Color): void {
    const top = this.#height * 4 - 1;
    let previous: number | null = null;
    positions.forEach((position, x) => {
      const y = position === null ? null : Math.round((1 - position) * top);
      if (y !== null) {
        const from = previous ?? y;
        // The dots reach up to the point before, so that a steep step is a line.
        const step = from < y ? from + 1 : from - 1;
        const start = from === y ? y : step;
        for (let dot = Math.min(start, y); dot <= Math.max(start, y); dot++)
          this.#dot(x, dot, color);
      }
      previous = y;
    });
  }

  /** A curve of one character a column. */
  drawMarks(positions: readonly (number | null)[], mark: string, color: Color): void {
    positions.forEach((position, column) => {
      if (position === null) return;
      const row = Math.round((1 - position) * (this.#height - 1));
      this.#cells[row * this.#width + column] = { dots: 0, mark, color };
    });
  }

  lines(): Line[] {
    return Array.from({ length: this.#height }, (_, row) => {
      const cells = this.#cells.slice(row * this.#width, (row + 1) * this.#width);
      return cells.map((cell) => (cell === undefined ? span(' ') : cellSpan(cell)));
    });
  }

  #dot(x: number, y: number, color: Color): void {
    const index = (y >> 2) * this.#width + (x >> 1);
    const bit = DOTS[y & 3]?.[x & 1] ?? 0;
    const dots = (this.#cells[index]?.dots ?? 0) | bit;
    this.#cells[index] = { dots, mark: '', color };
  }
}

function cellSpan({ dots, mark, color }: Cell): { text: string; style: { color: Color } } {
  return { text: mark === '' ? String.fromCodePoint(BRAILLE + dots) : mark, style: { color } };
}
