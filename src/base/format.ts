/**
 * How katydid writes numbers, the same on the screen, in progress lines and in the summary: fixed
 * comma and point (never the locale's, so that output pastes and diffs), and cells whose width
 * never depends on the value, so that a column of a table never moves.
 *
 * Every function takes any number: one that means nothing (NaN, infinite, or below 0 where the
 * quantity cannot be) is written like a missing one, `-`.
 */

/** Written where there is no value: no samples, no limit, no worker. */
export const NO_VALUE = '-';

/** Width of {@link formatTimeCell}. */
export const TIME_CELL_WIDTH = 7;

/** Width of {@link formatRateCell}. */
export const RATE_CELL_WIDTH = 7;

/** Width of {@link formatFailCell}. */
export const FAIL_CELL_WIDTH = 6;

/** The fraction's share of a time or rate cell: a point and one digit. */
const TENTHS = 2;
/** The fraction's share of a failure cell: a point and two digits. */
const HUNDREDTHS = 3;

/**
 * A time for a column of times: milliseconds without a unit, aligned at the decimal point, one
 * decimal below 10 and none above; from 10 s on in seconds with an `s`.
 *
 * @param ms - Milliseconds >= 0, or null where there are no samples.
 * @returns Exactly {@link TIME_CELL_WIDTH} columns: `    0.8`, `   48  `, `1,469  `, `  12.3s`.
 */
export function formatTimeCell(ms: number | null): string {
  return alignAtPoint(timeText(ms), TIME_CELL_WIDTH, TENTHS);
}

/**
 * A time that stands alone: three significant digits with its unit.
 *
 * @param ms - Milliseconds >= 0, or null where there are no samples.
 * @param microSign - `u` where the output must be ASCII.
 * @default microSign 'µ'
 * @returns `31 µs`, `0.38 ms`, `12.0 ms`, `432 ms`, `1.22 s` or `-`; at most 8 columns below 1,000 s.
 */
export function formatTime(ms: number | null, microSign: 'µ' | 'u' = 'µ'): string {
  if (!isQuantity(ms)) return NO_VALUE;
  if (ms === 0) return '0 ms';
  // Half a microsecond short of 0.1 ms: what would round up to `100 µs` is `0.10 ms`.
  if (ms < 0.0995)
    return ms < 0.0005 ? `<1 ${microSign}s` : `${Math.round(ms * 1000)} ${microSign}s`;
  if (ms < 999.5) return `${threeDigits(ms)} ms`;
  return `${threeDigits(ms / 1000)} s`;
}

/**
 * A rate for a column of rates, aligned as {@link formatTimeCell} does: one decimal below 100, none
 * above, `12.3k` from 10,000 on.
 *
 * @param perSecond - Per second, >= 0, or null where it is not known.
 * @returns Exactly {@link RATE_CELL_WIDTH} columns.
 */
export function formatRateCell(perSecond: number | null): string {
  return alignAtPoint(formatRate(perSecond), RATE_CELL_WIDTH, TENTHS);
}

/**
 * A rate that stands alone, with as many digits as in a table.
 *
 * @param perSecond - Per second, >= 0, or null where it is not known.
 * @returns `0`, `<0.1`, `57.8`, `658`, `1,197`, `71.8k`, `-`; at most 6 columns.
 */
export function formatRate(perSecond: number | null): string {
  if (!isQuantity(perSecond)) return NO_VALUE;
  if (perSecond === 0) return '0';
  if (perSecond < 0.05) return '<0.1';
  if (perSecond < 99.95) return perSecond.toFixed(1);
  if (perSecond < 9999.5) return withCommas(Math.round(perSecond));
  return scaled(perSecond, 1);
}

/**
 * A number of things.
 *
 * @param count - >= 0; rounded to a whole number.
 * @param width - Columns there are. Where the number with its commas needs more, it is written
 *   with two decimals and a letter (`1.23M`), or with fewer where that is still too wide.
 * @default width Infinity
 * @returns `44,842`; not padded; never wider than `width` as long as that is 4 or more.
 */
export function formatCount(count: number, width: number = Number.POSITIVE_INFINITY): string {
  if (!isQuantity(count)) return NO_VALUE;
  const plain = withCommas(Math.round(count));
  if (plain.length <= width) return plain;
  for (const decimals of [2, 1, 0]) {
    const short = scaled(count, decimals);
    if (short.length <= width) return short;
  }
  return '>1Q'.slice(0, Math.max(width, 0));
}

/**
 * The share that failed, for a column of shares, aligned at the decimal point.
 *
 * @param failed - Requests that failed, 0 to `total`.
 * @param total - Requests in all; 0 means that there is nothing to say.
 * @returns Exactly {@link FAIL_CELL_WIDTH} columns.
 */
export function formatFailCell(failed: number, total: number): string {
  return alignAtPoint(formatFailPercent(failed, total), FAIL_CELL_WIDTH, HUNDREDTHS);
}

/**
 * The share that failed, in percent without the sign: two decimals below 10, one above. It never
 * rounds to `0` where something failed, nor to `100` where something succeeded.
 *
 * @param failed - Requests that failed, 0 to `total`.
 * @param total - Requests in all; 0 means that there is nothing to say.
 * @returns `0`, `<0.01`, `0.11`, `27.9`, `>99.9`, `100` or `-`.
 */
export function formatFailPercent(failed: number, total: number): string {
  if (!isQuantity(failed) || !isQuantity(total) || total === 0) return NO_VALUE;
  if (failed === 0) return '0';
  if (failed >= total) return '100';
  const percent = (100 * failed) / total;
  if (percent < 0.005) return '<0.01';
  if (percent < 9.995) return percent.toFixed(2);
  return percent < 99.95 ? percent.toFixed(1) : '>99.9';
}

/**
 * A share of one core or of one event loop in whole percent, without the sign.
 *
 * @param ratio - 0 to 1, above 1 where more than one core is used; null where it is not known.
 * @returns `37`, `104` or `-`; at most 4 columns (`>999`).
 */
export function formatShare(ratio: number | null): string {
  if (!isQuantity(ratio)) return NO_VALUE;
  const percent = Math.round(ratio * 100);
  return percent > 999 ? '>999' : String(percent);
}

/**
 * A span of time or an offset from the run's start, in whole seconds, rounded down.
 *
 * @param ms - Milliseconds; what is below 0 (before the start) is `0:00`.
 * @returns `0:41`, `61:05` never: `1:01:05`.
 */
export function formatDuration(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return NO_VALUE;
  const totalSeconds = Math.floor(Math.max(0, ms) / 1000);
  const seconds = twoDigits(totalSeconds % 60);
  const minutes = Math.floor(totalSeconds / 60) % 60;
  const hours = Math.floor(totalSeconds / 3600);
  return hours > 0 ? `${hours}:${twoDigits(minutes)}:${seconds}` : `${minutes}:${seconds}`;
}

/**
 * A duration with its unit, such as the time for which a worker has been silent.
 *
 * @param ms - Milliseconds; what is below 0 is `0 s`.
 * @returns `7 s`, `12 min`, `3 h`; at most 6 columns below 1,000 h.
 */
export function formatAge(ms: number): string {
  if (!Number.isFinite(ms)) return NO_VALUE;
  const seconds = Math.floor(Math.max(0, ms) / 1000);
  if (seconds < 100) return `${seconds} s`;
  if (seconds < 6000) return `${Math.floor(seconds / 60)} min`;
  return `${withCommas(Math.floor(seconds / 3600))} h`;
}

/** A count with its noun: `1 user`, `2 users`, `1,000 users`. */
export function counted(count: number, noun: string): string {
  return `${withCommas(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/**
 * A whole number with its thousands marked by commas.
 *
 * @param value - A whole number, any sign.
 */
export function withCommas(value: number): string {
  if (!Number.isFinite(value)) return NO_VALUE;
  return value.toFixed(0).replaceAll(/\B(?=(\d{3})+(?!\d))/g, ',');
}

/** Whether this number can be written as a quantity: there, finite and not below 0. */
function isQuantity(value: number | null): value is number {
  return value !== null && Number.isFinite(value) && value >= 0;
}

function timeText(ms: number | null): string {
  if (!isQuantity(ms)) return NO_VALUE;
  if (ms === 0) return '0';
  if (ms < 0.05) return '<0.1';
  if (ms < 9.95) return ms.toFixed(1);
  if (ms < 9999.5) return withCommas(Math.round(ms));
  const seconds = ms / 1000;
  if (seconds < 999.95) return `${seconds.toFixed(1)}s`;
  return seconds < 99_999.5 ? `${withCommas(Math.round(seconds))}s` : '>99999s';
}

/** Three significant digits of a value from 0.1 to 999.5; whole numbers with commas above. */
function threeDigits(value: number): string {
  if (value < 9.995) return value.toFixed(2);
  if (value < 99.95) return value.toFixed(1);
  return withCommas(Math.round(value));
}

const SCALES: readonly (readonly [factor: number, letter: string])[] = [
  [1e3, 'k'],
  [1e6, 'M'],
  [1e9, 'G'],
  [1e12, 'T'],
  [1e15, 'P'],
];

/** The value with the letter of its scale (k, M, …), the smallest at which it rounds to below 1,000. */
function scaled(value: number, decimals: number): string {
  for (const [factor, letter] of SCALES) {
    const text = (value / factor).toFixed(decimals);
    if (Number(text) < 1000) return `${text}${letter}`;
  }
  return '>999P';
}

/** Right-aligns the whole part, leaving `fraction` columns for point and digits where there are none. */
function alignAtPoint(text: string, width: number, fraction: number): string {
  const point = text.indexOf('.');
  const used = point < 0 ? 0 : text.length - point;
  const hasUnit = /[A-Za-z]$/.test(text);
  return (hasUnit ? text : text + ' '.repeat(Math.max(0, fraction - used))).padStart(width);
}

function twoDigits(value: number): string {
  return String(value).padStart(2, '0');
}
