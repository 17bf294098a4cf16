import {
  COUNTERS,
  type CounterKey,
  DISTRIBUTIONS,
  type DistributionKey,
  SECOND_DISTRIBUTIONS,
  SUMS,
} from '../../src/stats/interval/name-counters.ts';

/** Where the code is that is made from the tables of `name-counters.ts`. */
export const NAME_COUNTS_PATH = 'src/stats/interval/name-counts.ts';

type Since = 'interval' | 'file';
type Rows = typeof COUNTERS;

/** The code of `name-counts.ts`: what the tables say, without a loop or a look-up by name. */
export function nameCountsSource(): string {
  const keys = COUNTERS.map(([key]) => key);
  const sums = SUMS.map(([key]) => key);
  const times = DISTRIBUTIONS.map(([key]) => key);
  const timesOfSecond = SECOND_DISTRIBUTIONS.map(([key]) => key);
  return `// Made from name-counters.ts by \`npm run counters:sync\`: change the tables there, not this file.
import type { ByteReader } from '../bytes/byte-reader.ts';
import type { ByteWriter } from '../bytes/byte-writer.ts';
import type { Histogram } from '../histogram/histogram.ts';
import { scanHistogram, writeHistogram } from './histogram-codec.ts';
import type { Distribution } from './interval.ts';
import type { NameCounts, NameDistributions } from './name-counters.ts';
import type { ScannedHistogram } from './scanned-histogram.ts';

/*
 * Hot paths of the recorder, the codec, the master and the writer: every field by its name, since a look-up
 * by a key that changes takes about 20 times as long.
 */

/** The counters of a request name. */
export class CountFields implements NameCounts {
${lines(keys, (key) => `  ${key} = 0;`)}
}

/** The counters and distributions of a request name. */
export class MeasuredFields<Times> extends CountFields implements NameDistributions<Times> {
${lines(times, (key) => `  readonly ${key}: Times;`)}

  /** @param create - Makes the distributions. */
  constructor(create: () => Times) {
    super();
${lines(times, (key) => `    this.${key} = create();`)}
  }
}

/** Puts all counters, levels too, back to 0. */
export function clearCounts(counts: NameCounts): void {
${lines(keys, (key) => `  counts.${key} = 0;`)}
}

/** Adds counters; levels are left alone. */
export function addCounts(into: NameCounts, from: Readonly<NameCounts>): void {
${lines(sums, (key) => `  into.${key} += from.${key};`)}
}

/** Adds all distributions. */
export function addDistributions(
  into: NameDistributions<Histogram>,
  from: NameDistributions<Distribution>,
): void {
${lines(times, (key) => `  from.${key}.addTo(into.${key});`)}
}

/** Adds the distributions that the run file has for each second of a name. */
export function addSecondDistributions(
  into: NameDistributions<Histogram>,
  from: NameDistributions<Distribution>,
): void {
${lines(timesOfSecond, (key) => `  from.${key}.addTo(into.${key});`)}
}

/** Appends all counters, as an interval has them. */
export function writeCounts(writer: ByteWriter, from: Readonly<NameCounts>): void {
${lines(keys, (key) => `  writer.varint(from.${key});`)}
}

/** Reads what \`writeCounts\` wrote. @param version - Of the interval. */
export function scanCounts(reader: ByteReader, ${versionOf(COUNTERS, 'interval')}: number, into: NameCounts): void {
${scanLines(COUNTERS, 'interval')}
}

/** Appends the counters that add up, as the names of a lease have them. */
export function writeSums(writer: ByteWriter, from: Readonly<NameCounts>): void {
${lines(sums, (key) => `  writer.varint(from.${key});`)}
}

/** Reads what \`writeSums\` wrote. @param version - Of the run file. */
export function scanSums(reader: ByteReader, ${versionOf(SUMS, 'file')}: number, into: NameCounts): void {
${scanLines(SUMS, 'file')}
}

/** Appends all distributions. */
export function writeDistributions(
  writer: ByteWriter,
  from: NameDistributions<Histogram>,
): void {
${lines(times, (key) => `  writeHistogram(writer, from.${key});`)}
}

/** Reads what \`writeDistributions\` wrote. */
export function scanDistributions(
  reader: ByteReader,
  into: NameDistributions<ScannedHistogram>,
): void {
${lines(times, (key) => `  scanHistogram(reader, into.${key});`)}
}
`;
}

function lines<Key extends CounterKey | DistributionKey>(
  keys: readonly Key[],
  lineOf: (key: Key) => string,
): string {
  return keys.map(lineOf).join('\n');
}

function scanLines(rows: Rows, since: Since): string {
  return rows
    .map(([key, row]) =>
      row[since] === 1
        ? `  into.${key} = reader.varint();`
        : `  into.${key} = version < ${row[since]} ? 0 : reader.varint();`,
    )
    .join('\n');
}

/** The parameter's name: an underscore before it says that no format differs yet. */
function versionOf(rows: Rows, since: Since): string {
  return rows.every(([, row]) => row[since] === 1) ? '_version' : 'version';
}
