/** Longer names are compared by their beginning only, so that hostile input costs nothing. */
const LONGEST_COMPARED = 64;

/**
 * The candidate that somebody most likely meant.
 *
 * @returns The nearest by edits (swapped neighbours count as one), case and leading dashes aside, or
 *   a candidate that `given` is the beginning of; `undefined` where nothing comes near.
 */
export function nearestName(given: string, candidates: Iterable<string>): string | undefined {
  const wanted = comparable(given);
  if (wanted === '') return undefined;
  let nearest: string | undefined;
  let fewestEdits = Math.max(1, Math.floor(wanted.length * 0.4)) + 1;
  for (const candidate of candidates) {
    const edits = editsBetween(wanted, comparable(candidate));
    if (edits >= fewestEdits) continue;
    fewestEdits = edits;
    nearest = candidate;
  }
  return nearest ?? firstWithBeginning(wanted, candidates);
}

function comparable(name: string): string {
  return name.slice(0, LONGEST_COMPARED).toLowerCase().replace(/^-+/, '');
}

function firstWithBeginning(beginning: string, candidates: Iterable<string>): string | undefined {
  if (beginning.length < 2) return undefined;
  for (const candidate of candidates) {
    if (comparable(candidate).startsWith(beginning)) return candidate;
  }
  return undefined;
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours. */
function editsBetween(left: string, right: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let row = 1; row <= left.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= right.length; column += 1) {
      const same = left[row - 1] === right[column - 1];
      let edits = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + (same ? 0 : 1),
      );
      const swapped =
        row > 1 &&
        column > 1 &&
        left[row - 1] === right[column - 2] &&
        left[row - 2] === right[column - 1];
      if (swapped) edits = Math.min(edits, at(beforePrevious, column - 2) + 1);
      current.push(edits);
    }
    beforePrevious = previous;
    previous = current;
  }
  return at(previous, right.length);
}

function at(row: readonly number[], index: number): number {
  return row[index] ?? Number.POSITIVE_INFINITY;
}
