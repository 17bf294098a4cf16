import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../../src/base/errors.ts';
import { ByteReader } from '../../../../src/stats/bytes/byte-reader.ts';
import { Histogram } from '../../../../src/stats/histogram/histogram.ts';
import {
  encodeHistogram,
  mergeEncoded,
  readHistogram,
} from '../../../../src/stats/interval/histogram-codec.ts';
import type { MeasuredName } from '../../../../src/stats/interval/interval.ts';
import { decodeInterval, encodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import { IntervalScanner } from '../../../../src/stats/interval/interval-scanner.ts';
import { NameTotals } from '../../../../src/stats/interval/name-totals.ts';
import { decodeNaively } from '../../../support/naive-interval.ts';
import {
  calmHealth,
  interval,
  nameStats,
  plainHistogram,
  plainInterval,
  plainNameStats,
} from '../../../unit/stats/sample-intervals.ts';

const anyTimes = fc.array(
  fc.oneof(fc.nat({ max: 300 }), fc.nat({ max: 2 ** 31 - 1 }), fc.nat({ max: 1_000_000 })),
  { maxLength: 30 },
);
const anyText = fc.string({ unit: 'grapheme', maxLength: 30 });
const anyCount = fc.nat({ max: 2 ** 31 - 1 });

const anyInterval = fc
  .record({
    second: fc.integer({ min: -10, max: 100_000 }),
    users: anyCount,
    names: fc.array(
      fc.tuple(anyText, anyTimes, anyCount, anyTimes).map((parts) => nameStats(...parts)),
      { maxLength: 4 },
    ),
    errors: fc.array(
      fc
        .record({
          method: fc.constantFrom('GET', 'POST'),
          name: anyText,
          error: anyText,
          occurrences: anyCount,
          firstUs: fc.integer(),
          lengthUs: anyCount,
        })
        .map(({ lengthUs, ...error }) => ({ ...error, lastUs: error.firstUs + lengthUs })),
      { maxLength: 4 },
    ),
    exceptions: fc.array(
      fc.record({ message: anyText, traceback: anyText, occurrences: anyCount }),
      { maxLength: 3 },
    ),
  })
  .map(({ second, ...changes }) => interval(second, { ...changes, health: calmHealth }));

function histogramOf(valuesUs: readonly number[]): Histogram {
  const histogram = new Histogram();
  for (const valueUs of valuesUs) histogram.record(valueUs);
  return histogram;
}

/** What was scanned of a name as plain data, to be compared with a `NameStats`. */
function plainMeasured(measured: MeasuredName): object {
  const totals = new NameTotals(measured.method, measured.name);
  totals.add(measured);
  totals.inFlight = measured.inFlight;
  return plainNameStats(totals);
}

/** An answer or a `ProtocolError`; everything else is thrown on. */
function isAcceptedOrRefused(bytes: Uint8Array): void {
  try {
    decodeInterval(bytes);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
  }
}

describe('codecs', () => {
  it('carry any histogram, alone and merged into another', () => {
    fc.assert(
      fc.property(anyTimes, anyTimes, (a, b) => {
        const encoded = encodeHistogram(histogramOf(a));
        const reader = new ByteReader(encoded);
        const into = histogramOf(b);

        expect(plainHistogram(readHistogram(reader))).toEqual(plainHistogram(histogramOf(a)));
        reader.end();
        mergeEncoded(new ByteReader(encoded), into);
        expect(plainHistogram(into)).toEqual(plainHistogram(histogramOf([...a, ...b])));
      }),
      { numRuns: 200 },
    );
  });

  it('carry any interval', () => {
    fc.assert(
      fc.property(anyInterval, (given) => {
        expect(plainInterval(decodeInterval(encodeInterval(given)))).toEqual(plainInterval(given));
      }),
      { numRuns: 100 },
    );
  });

  it('refuse random bytes with a ProtocolError and nothing else', () => {
    const anyBytes = fc.uint8Array({ maxLength: 300 }).map((bytes) => {
      // The right version, so that what follows is read at all.
      if (bytes.length > 0) bytes[0] = 1;
      return bytes;
    });

    fc.assert(fc.property(anyBytes, isAcceptedOrRefused), { numRuns: 2000 });
  });

  it('read intervals, mutated or not, exactly as the naive decoder does', () => {
    const mutation = fc.tuple(fc.nat({ max: 2000 }), fc.nat({ max: 255 }));
    const mutations = fc.array(mutation, { maxLength: 3 });
    const scanner = new IntervalScanner();
    const outcomeOf = (read: () => object): object => {
      try {
        return read();
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        return { refused: true };
      }
    };

    fc.assert(
      fc.property(anyInterval, mutations, (given, changes) => {
        const bytes = encodeInterval(given);
        for (const [offset, value] of changes) bytes[offset % bytes.length] = value;

        const naive = outcomeOf(() => plainInterval(decodeNaively(bytes)));
        const scanned = outcomeOf(() => {
          const { names, ...rest } = scanner.scan(bytes);
          return { ...rest, names: names.map(plainMeasured) };
        });

        expect(scanned).toEqual(naive);
      }),
      { numRuns: 1000 },
    );
  });

  it('refuse or accept mutated intervals, and what they accept can be sent on', () => {
    const mutation = fc.tuple(fc.nat({ max: 2000 }), fc.nat({ max: 255 }));
    const mutations = fc.array(mutation, { minLength: 1, maxLength: 3 });

    fc.assert(
      fc.property(anyInterval, mutations, (given, changes) => {
        const bytes = encodeInterval(given);
        for (const [offset, value] of changes) bytes[offset % bytes.length] = value;
        try {
          const decoded = decodeInterval(bytes);
          const again = decodeInterval(encodeInterval(decoded));
          expect(plainInterval(again)).toEqual(plainInterval(decoded));
        } catch (error) {
          if (!(error instanceof ProtocolError)) throw error;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
