/** Which rows of a list are on the screen. */
export interface RowWindow {
  /** Rows before the first one shown, and after the last one. */
  readonly above: number;
  readonly below: number;
  readonly shown: number;
}

/**
 * The rows of a list to show: as many as there is room for, around the selected one.
 *
 * @param selected - Place of the selected row in the list; below 0 where none is.
 */
export function rowWindow(rows: number, room: number, selected: number): RowWindow {
  const shown = Math.min(rows, Math.max(0, room));
  const middle = selected - Math.floor(shown / 2);
  const above = Math.min(Math.max(0, middle), rows - shown);
  return { above, below: rows - shown - above, shown };
}
