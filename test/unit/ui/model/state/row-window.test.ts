import { expect, it } from 'vitest';
import { rowWindow } from '../../../../../src/ui/model/state/row-window.ts';

it.each([
  ['all rows fit', 3, 5, 2, { above: 0, below: 0, shown: 3 }],
  ['nothing is selected', 10, 4, -1, { above: 0, below: 6, shown: 4 }],
  ['a row in the middle is selected', 10, 4, 5, { above: 3, below: 3, shown: 4 }],
  ['the last row is selected', 10, 4, 9, { above: 6, below: 0, shown: 4 }],
  ['there is no room', 10, -1, 3, { above: 3, below: 7, shown: 0 }],
])('shows the rows around the selected one where %s', (_, rows, room, selected, window) => {
  expect(rowWindow(rows, room, selected)).toEqual(window);
});
