import type { Span } from '../text/line.ts';

/** How a check stands. */
export type CheckLevel = 'good' | 'warn' | 'unsure' | 'bad' | 'pending' | 'unset';

/** One line of checks: its mark and title say how it stands, the rest why. */
export interface Check {
  readonly level: CheckLevel;
  readonly title: string;
  readonly detail: readonly Span[];
}

/** Columns of a check's title. */
export const TITLE_COLUMNS = 16;
/** Columns before the detail: the margin, the mark and the title. */
export const CHECK_MARGIN: number = 3 + TITLE_COLUMNS;
