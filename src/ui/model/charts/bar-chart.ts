import type { RunHistory } from '../../../stats/snapshot/run-snapshot.ts';
import type { Glyphs } from '../text/glyphs.ts';
import { type Line, type Style, span } from '../text/line.ts';
import { roundUp } from '../text/scale.ts';
import { chartLines, plotWidth } from './chart.ts';
import { highestValue } from './sparkline.ts';
import { type Fold, foldColumns } from './time-axis.ts';

/** One quantity over the time of the run. */
export interface BarSeries {
  readonly title: string;
  readonly fold: Fold;
  /** Stands at the right, at the height of the newest bar. */
  readonly label: string;
  readonly style: Style;
}

/** Bars from 0, one a column of the terminal, in steps of an eighth of a line. */
export function barChart(
  series: BarSeries,
  history: RunHistory,
  spanMs: number,
  columns: number,
  height: number,
  glyphs: Glyphs,
): Line[] {
  const plotHeight = Math.max(1, height - 2);
  const values = foldColumns(history, series.fold, spanMs, plotWidth(columns));
  const top = roundUp(highestValue(values));
  const plot = Array.from({ length: plotHeight }, (_, row): Line => {
    const floor = plotHeight - 1 - row;
    const cells = values.map((value) =>
      barCell(((value ?? 0) / top) * plotHeight - floor, glyphs.levels),
    );
    return [span(cells.join(''), series.style)];
  });
  const last = values.at(-1) ?? null;
  const labels = last === null ? [] : [{ position: last / top, span: span(series.label) }];
  const marks = [
    { position: 1, value: top },
    { position: 0, value: 0 },
  ];
  return chartLines(
    { title: series.title, note: '', marks, labels, spanMs },
    plot,
    columns,
    glyphs,
  );
}

/** The part of a bar that falls into one line. */
function barCell(fill: number, levels: string): string {
  if (fill <= 0) return ' ';
  const eighths = Math.min(levels.length, Math.max(1, Math.round(fill * levels.length)));
  return levels.charAt(eighths - 1);
}
