const LINEAR_STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];
const LOG_STEPS = [1, 2, 5, 10];

/** The next round number at or above a value, in steps coarse enough that an axis seldom grows. */
export function roundUp(value: number): number {
  return stepAbove(value, LINEAR_STEPS);
}

/** Bottom and top of a logarithmic axis that holds these values, in steps of 1, 2 and 5. */
export function logRange(lowest: number, highest: number): { bottom: number; top: number } {
  const bottom = stepBelow(lowest, LOG_STEPS);
  const top = stepAbove(highest, LOG_STEPS);
  return top > bottom ? { bottom, top } : { bottom, top: bottom * 10 };
}

/** Where a value lies on a logarithmic axis: 0 at its bottom, 1 at its top, never outside. */
export function logPosition(value: number, bottom: number, top: number): number {
  if (!(value > bottom)) return 0;
  return Math.min(1, Math.log(value / bottom) / Math.log(top / bottom));
}

function stepAbove(value: number, steps: readonly number[]): number {
  if (!(value > 0)) return 1;
  const power = powerBelow(value);
  // A hair of tolerance: 0.3 is not above 3 * 0.1.
  const step = steps.find((one) => one * power >= value * (1 - 1e-9)) ?? 10;
  return step * power;
}

function stepBelow(value: number, steps: readonly number[]): number {
  if (!(value > 0)) return 0.1;
  const power = powerBelow(value);
  return (steps.findLast((one) => one * power <= value * (1 + 1e-9)) ?? 1) * power;
}

function powerBelow(value: number): number {
  return 10 ** Math.floor(Math.log10(value) + 1e-9);
}
