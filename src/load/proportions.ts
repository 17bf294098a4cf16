import { assert } from '../base/errors.ts';

/** A decimal number as `digits * 10^exponent`, exactly as it would be written. */
interface Decimal {
  readonly digits: bigint;
  readonly exponent: number;
}

/**
 * Whole numbers in the proportion of some weights, whose sum is at most `limit`.
 *
 * Weights count as the decimals that people write: 0.1 is a tenth, not the binary fraction next to
 * it. Where the exact whole numbers would exceed `limit`, each result is off by less than one.
 *
 * @param weights - Finite numbers >= 0, at least one of them above 0.
 * @param limit - Largest sum, a safe integer >= 1.
 * @returns One whole number >= 0 for each weight, in the same order.
 */
export function wholeProportions(weights: readonly number[], limit: number): number[] {
  const exact = reduce(scaleToIntegers(weights.map(decimalOf)));
  const total = sum(exact);
  assert(total > 0n, 'proportions need a weight above 0');
  if (total <= BigInt(limit)) return exact.map(Number);
  return roundTo(exact, total, BigInt(limit)).map(Number);
}

function decimalOf(weight: number): Decimal {
  assert(Number.isFinite(weight) && weight >= 0, `a weight is finite and not negative: ${weight}`);
  const [mantissa = '0', exponent = '0'] = weight.toString().split('e');
  const [whole = '0', fraction = ''] = mantissa.split('.');
  return { digits: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

function scaleToIntegers(decimals: readonly Decimal[]): bigint[] {
  const lowest = decimals.reduce((low, { exponent }) => Math.min(low, exponent), 0);
  return decimals.map(({ digits, exponent }) => digits * 10n ** BigInt(exponent - lowest));
}

function reduce(integers: readonly bigint[]): bigint[] {
  const divisor = integers.reduce(greatestCommonDivisor, 0n);
  return divisor > 1n ? integers.map((integer) => integer / divisor) : [...integers];
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  let [large, small] = [a, b];
  while (small > 0n) [large, small] = [small, large % small];
  return large;
}

/** Largest remainder, so that the sum is exact and no share is off by a whole unit. */
function roundTo(integers: readonly bigint[], total: bigint, limit: bigint): bigint[] {
  const rounded = integers.map((integer) => (integer * limit) / total);
  const byRemainder = integers
    .map((integer, index) => ({ index, remainder: (integer * limit) % total }))
    .sort((a, b) => (a.remainder < b.remainder ? 1 : a.remainder > b.remainder ? -1 : 0));
  const left = Number(limit - sum(rounded));
  for (const { index } of byRemainder.slice(0, left)) rounded[index] = (rounded[index] ?? 0n) + 1n;
  return rounded;
}

function sum(integers: readonly bigint[]): bigint {
  return integers.reduce((total, integer) => total + integer, 0n);
}
