// Made from name-counters.ts by `npm run counters:sync`: change the tables there, not this file.
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
  succeeded = 0;
  failed = 0;
  notSent = 0;
  abandoned = 0;
  redirected = 0;
  inFlight = 0;
  bytesReceived = 0;
  contentBytes = 0;
}

/** The counters and distributions of a request name. */
export class MeasuredFields<Times> extends CountFields implements NameDistributions<Times> {
  readonly succeededResponse: Times;
  readonly failedResponse: Times;
  readonly service: Times;
  readonly lag: Times;
  readonly ttfb: Times;

  /** @param create - Makes the distributions. */
  constructor(create: () => Times) {
    super();
    this.succeededResponse = create();
    this.failedResponse = create();
    this.service = create();
    this.lag = create();
    this.ttfb = create();
  }
}

/** Puts all counters, levels too, back to 0. */
export function clearCounts(counts: NameCounts): void {
  counts.succeeded = 0;
  counts.failed = 0;
  counts.notSent = 0;
  counts.abandoned = 0;
  counts.redirected = 0;
  counts.inFlight = 0;
  counts.bytesReceived = 0;
  counts.contentBytes = 0;
}

/** Adds counters; levels are left alone. */
export function addCounts(into: NameCounts, from: Readonly<NameCounts>): void {
  into.succeeded += from.succeeded;
  into.failed += from.failed;
  into.notSent += from.notSent;
  into.abandoned += from.abandoned;
  into.redirected += from.redirected;
  into.bytesReceived += from.bytesReceived;
  into.contentBytes += from.contentBytes;
}

/** Adds all distributions. */
export function addDistributions(
  into: NameDistributions<Histogram>,
  from: NameDistributions<Distribution>,
): void {
  from.succeededResponse.addTo(into.succeededResponse);
  from.failedResponse.addTo(into.failedResponse);
  from.service.addTo(into.service);
  from.lag.addTo(into.lag);
  from.ttfb.addTo(into.ttfb);
}

/** Adds the distributions that the run file has for each second of a name. */
export function addSecondDistributions(
  into: NameDistributions<Histogram>,
  from: NameDistributions<Distribution>,
): void {
  from.succeededResponse.addTo(into.succeededResponse);
  from.failedResponse.addTo(into.failedResponse);
  from.ttfb.addTo(into.ttfb);
}

/** Appends all counters, as an interval has them. */
export function writeCounts(writer: ByteWriter, from: Readonly<NameCounts>): void {
  writer.varint(from.succeeded);
  writer.varint(from.failed);
  writer.varint(from.notSent);
  writer.varint(from.abandoned);
  writer.varint(from.redirected);
  writer.varint(from.inFlight);
  writer.varint(from.bytesReceived);
  writer.varint(from.contentBytes);
}

/** Reads what `writeCounts` wrote. @param version - Of the interval. */
export function scanCounts(reader: ByteReader, _version: number, into: NameCounts): void {
  into.succeeded = reader.varint();
  into.failed = reader.varint();
  into.notSent = reader.varint();
  into.abandoned = reader.varint();
  into.redirected = reader.varint();
  into.inFlight = reader.varint();
  into.bytesReceived = reader.varint();
  into.contentBytes = reader.varint();
}

/** Appends the counters that add up, as the names of a lease have them. */
export function writeSums(writer: ByteWriter, from: Readonly<NameCounts>): void {
  writer.varint(from.succeeded);
  writer.varint(from.failed);
  writer.varint(from.notSent);
  writer.varint(from.abandoned);
  writer.varint(from.redirected);
  writer.varint(from.bytesReceived);
  writer.varint(from.contentBytes);
}

/** Reads what `writeSums` wrote. @param version - Of the run file. */
export function scanSums(reader: ByteReader, _version: number, into: NameCounts): void {
  into.succeeded = reader.varint();
  into.failed = reader.varint();
  into.notSent = reader.varint();
  into.abandoned = reader.varint();
  into.redirected = reader.varint();
  into.bytesReceived = reader.varint();
  into.contentBytes = reader.varint();
}

/** Appends all distributions. */
export function writeDistributions(writer: ByteWriter, from: NameDistributions<Histogram>): void {
  writeHistogram(writer, from.succeededResponse);
  writeHistogram(writer, from.failedResponse);
  writeHistogram(writer, from.service);
  writeHistogram(writer, from.lag);
  writeHistogram(writer, from.ttfb);
}

/** Reads what `writeDistributions` wrote. */
export function scanDistributions(
  reader: ByteReader,
  into: NameDistributions<ScannedHistogram>,
): void {
  scanHistogram(reader, into.succeededResponse);
  scanHistogram(reader, into.failedResponse);
  scanHistogram(reader, into.service);
  scanHistogram(reader, into.lag);
  scanHistogram(reader, into.ttfb);
}
