/** The middle of some values; the lower of two middles. @throws {Error} Where there are none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)];
  if (middle === undefined) throw new Error('nothing was measured');
  return middle;
}

/** How far the rounds lie apart: largest minus smallest, over the median; 0 for one round. */
export function spreadRatio(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/**
 * Measures every candidate once a round, in turn, so that a disturbance of the machine meets all.
 *
 * @returns By candidate, the value of each round.
 */
export async function interleaved<Candidate, Value>(
  candidates: readonly Candidate[],
  rounds: number,
  measure: (candidate: Candidate, round: number) => Promise<Value>,
): Promise<Map<Candidate, Value[]>> {
  const values = new Map<Candidate, Value[]>(candidates.map((candidate) => [candidate, []]));
  for (let round = 0; round < rounds; round += 1) {
    for (const candidate of candidates) {
      values.get(candidate)?.push(await measure(candidate, round));
    }
  }
  return values;
}
