import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../../src/base/errors.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import type { Interval } from '../../../../src/stats/interval/interval.ts';
import { decodeInterval, encodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import { INTERVAL_LIMITS } from '../../../../src/stats/interval/interval-limits.ts';
import { Recorder, toInterval } from '../../../../src/stats/recorder/recorder.ts';
import { calmHealth, interval, nameStats, outcome, plainInterval } from '../sample-intervals.ts';

const error = {
  method: 'GET',
  name: '/',
  error: 'HTTP 503',
  occurrences: 2,
  firstUs: -5,
  lastUs: 1_000_000,
};

/** A second of 100 names with log-normal response times: median 100 ms, sigma 0.5. */
function busyInterval(requestsPerName: number): Interval {
  const random = new SeededRandom(3);
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const recorder = new Recorder();
  recorder.begin(0, 0);
  for (let name = 0; name < 100; name += 1) {
    const entry = recorder.nameOf('GET', `/api/v1/resource-${name}`);
    for (let request = 0; request < requestsPerName; request += 1) {
      const serviceUs = Math.round(100_000 * Math.exp(0.5 * normal()));
      const lagUs = Math.round(200 * Math.exp(normal()));
      const responseUs = serviceUs + lagUs;
      const ttfbUs = serviceUs - 50 - Math.round(50 * random.next());
      recorder.sent(entry);
      recorder.finished(entry, entry, outcome({ responseUs, serviceUs, lagUs, ttfbUs }));
    }
  }
  recorder.flush(0);
  const [second] = recorder.takePending();
  if (second === undefined) throw new Error('nothing was recorded');
  return toInterval(second, 100, calmHealth);
}

describe('the interval codec', () => {
  it('carries every field', () => {
    const given = interval(-3, {
      users: 17,
      usersPeak: 21,
      names: [nameStats('/', [100_000, 250_000], 3, [7]), nameStats('/grüße 👋', [])],
      errors: [error, { ...error, method: 'POST', name: '/elsewhere' }],
      exceptions: [{ message: 'TypeError: x', traceback: 'at a\n at b', occurrences: 4 }],
    });

    expect(plainInterval(decodeInterval(encodeInterval(given)))).toEqual(plainInterval(given));
  });

  it('takes 47 bytes or less for a second in which nothing happened', () => {
    const encoded = encodeInterval(interval(3599));

    expect(encoded.length).toBeLessThanOrEqual(47);
    expect(decodeInterval(encoded)).toEqual(interval(3599));
  });

  it.each([
    [1, 6500],
    [10, 14_000],
    [100, 55_000],
  ])('takes for 100 names with %d requests each at most %d bytes', (requestsPerName, atMost) => {
    const encoded = encodeInterval(busyInterval(requestsPerName));

    expect(encoded.length).toBeLessThanOrEqual(atMost);
    expect(encoded.length).toBeGreaterThan(atMost / 2);
  });

  it('keeps how the event loop stood still', () => {
    const stalls = { totalUs: 130_000, longestUs: 70_000, requests: 9 };
    const stalled = { ...interval(3), health: { ...calmHealth, stalls } };

    expect(decodeInterval(encodeInterval(stalled))).toEqual(stalled);
  });

  it('refuses another format, naming both', () => {
    const encoded = encodeInterval(interval(1));
    encoded[0] = 9;

    expect(() => decodeInterval(encoded)).toThrow(
      new ProtocolError('An interval has format 9, this katydid reads 3'),
    );
  });

  it('refuses every truncation and one byte too many', () => {
    const encoded = encodeInterval(
      interval(1, { names: [nameStats('/', [100_000, 250_000])], errors: [error] }),
    );

    for (let length = 0; length < encoded.length; length += 1) {
      expect(() => decodeInterval(encoded.subarray(0, length))).toThrow(ProtocolError);
    }
    expect(() => decodeInterval(new Uint8Array([...encoded, 0]))).toThrow(ProtocolError);
  });

  it.each<[string, Interval]>([
    ['a name of 2,049 bytes', interval(1, { names: [nameStats('x'.repeat(2049), [])] })],
    ['an error of 4,097 bytes', interval(1, { errors: [{ ...error, error: 'x'.repeat(4097) }] })],
    [
      'a traceback of 32,769 bytes',
      interval(1, {
        exceptions: [{ message: '', traceback: 'x'.repeat(32_769), occurrences: 1 }],
      }),
    ],
    ['a second of 2^40', interval(2 ** 40)],
    [
      '20,001 names',
      interval(1, { names: new Array(INTERVAL_LIMITS.names + 1).fill(nameStats('/', [])) }),
    ],
  ])('refuses %s', (_, given) => {
    const encoded = encodeInterval(given);

    expect(() => decodeInterval(encoded)).toThrow(ProtocolError);
  });

  it('refuses more than 16 MiB before it reads any of it', () => {
    expect(() => decodeInterval(new Uint8Array(INTERVAL_LIMITS.bytes + 1))).toThrow(
      /larger than the 16777216 allowed/,
    );
  });
});
