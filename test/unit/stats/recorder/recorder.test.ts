import { describe, expect, it } from 'vitest';
import { InternalError } from '../../../../src/base/errors.ts';
import type { ExchangeSink } from '../../../../src/measure/exchange-sink.ts';
import type { NameStats } from '../../../../src/stats/interval/interval.ts';
import { type RecordedSecond, Recorder } from '../../../../src/stats/recorder/recorder.ts';
import { outcome, plainNameStats, refused } from '../sample-intervals.ts';

/** Far from 0, and with a fraction, as clocks are. */
const START_US = 7_000_000_123.25;

function begunRecorder(maxNames = 1000): Recorder {
  const recorder = new Recorder({ maxNames });
  recorder.begin(START_US, START_US);
  return recorder;
}

/** Counts a request under a name, `atUs` after the start. */
function request(recorder: Recorder, name: string, atUs: number): void {
  const entry = recorder.nameOf('GET', name);
  recorder.sent(entry);
  recorder.finished(entry, entry, outcome({ finishedAtUs: START_US + atUs }));
}

function only<T>(list: readonly T[]): T {
  expect(list).toHaveLength(1);
  return list[0] as T;
}

const succeededBySecond = (seconds: readonly RecordedSecond[]): object[] =>
  seconds.map(({ second, names }) => ({
    second,
    succeeded: names.map((stats: NameStats) => stats.succeeded),
  }));

describe('Recorder', () => {
  it('is what the HTTP client reports to', () => {
    const sink: ExchangeSink = new Recorder();

    expect(sink.nameOf('GET', '/')).toMatchObject({ method: 'GET', name: '/' });
  });

  it('counts a succeeded request with its times, status and bytes', () => {
    const recorder = begunRecorder();
    request(recorder, '/', 0);
    recorder.flush(START_US + 10);

    const stats = only(only(recorder.takePending()).names);

    expect(plainNameStats(stats)).toMatchObject({
      method: 'GET',
      name: '/',
      succeeded: 1,
      failed: 0,
      inFlight: 0,
      bytesReceived: 200,
      contentBytes: 20,
      statuses: [[200, 1]],
      succeededResponse: { count: 1, sumUs: 100_000 },
      failedResponse: { count: 0 },
      service: { count: 1, sumUs: 99_000 },
      lag: { count: 1, sumUs: 1000 },
      ttfb: { count: 1, sumUs: 98_000 },
    });
  });

  it('counts each status, in whatever order answers come', () => {
    const recorder = begunRecorder();
    const entry = recorder.nameOf('GET', '/');

    for (const status of [200, 200, 404, 200, 503, 503, 404]) {
      recorder.sent(entry);
      recorder.finished(entry, entry, outcome({ status, finishedAtUs: START_US }));
    }
    recorder.flush(START_US + 10);

    const { statuses } = only(only(recorder.takePending()).names);
    expect([...statuses].sort()).toEqual([
      [200, 3],
      [404, 2],
      [503, 2],
    ]);
  });

  it('counts a refused request as failed and not sent, without status and first byte', () => {
    const recorder = begunRecorder();
    const entry = recorder.nameOf('GET', '/');
    recorder.finished(entry, entry, refused({ finishedAtUs: START_US + 400_000.25 }));
    recorder.finished(entry, entry, refused({ finishedAtUs: START_US + 300_000 }));
    recorder.flush(START_US + 500_000);

    const second = only(recorder.takePending());

    expect(plainNameStats(only(second.names))).toMatchObject({
      failed: 2,
      notSent: 2,
      statuses: [],
      failedResponse: { count: 2 },
      ttfb: { count: 0 },
    });
    expect(second.errors).toEqual([
      {
        method: 'GET',
        name: '/',
        error: 'ECONNREFUSED',
        occurrences: 2,
        firstUs: 300_000,
        lastUs: 400_000,
      },
    ]);
  });

  it('counts redirects, cut exchanges and things measured in one go', () => {
    const recorder = begunRecorder();
    const entry = recorder.nameOf('GET', '/');
    for (let exchange = 0; exchange < 3; exchange += 1) recorder.sent(entry);
    recorder.redirected(entry, 50, START_US + 1);
    recorder.abandoned(entry, 7, START_US + 2);
    recorder.measured(entry, outcome({ finishedAtUs: START_US + 3 }));
    recorder.flush(START_US + 4);

    expect(only(only(recorder.takePending()).names)).toMatchObject({
      succeeded: 1,
      redirected: 1,
      abandoned: 1,
      inFlight: 1,
      bytesReceived: 257,
    });
  });

  it('counts under the name of the end, and takes from the level of the name it was sent as', () => {
    const recorder = begunRecorder();
    const sentAs = recorder.nameOf('GET', '/item/1');
    const name = recorder.nameOf('GET', '/item');
    recorder.sent(sentAs);
    recorder.finished(sentAs, name, outcome({ finishedAtUs: START_US }));
    recorder.flush(START_US);

    expect(only(only(recorder.takePending()).names)).toMatchObject({ name: '/item', inFlight: 0 });
  });

  it('refuses an exchange that ends without having been sent', () => {
    const recorder = begunRecorder();
    const entry = recorder.nameOf('GET', '/');

    expect(() => recorder.finished(entry, entry, outcome())).toThrow(InternalError);
  });
});

describe('the seconds of a Recorder', () => {
  it('are cut by the requests themselves, however late the timer is', () => {
    const recorder = begunRecorder();
    request(recorder, '/', 999_999);
    request(recorder, '/', 1_000_000);
    request(recorder, '/', 1_999_999);
    request(recorder, '/', 2_000_000);
    recorder.rotate(START_US + 3_000_000);

    expect(succeededBySecond(recorder.takePending())).toEqual([
      { second: 0, succeeded: [1] },
      { second: 1, succeeded: [2] },
      { second: 2, succeeded: [1] },
    ]);
  });

  it('take a request that finished before they began', () => {
    const recorder = begunRecorder();
    recorder.rotate(START_US + 1_000_000);
    request(recorder, '/', 999_999);
    recorder.rotate(START_US + 2_000_000);

    expect(succeededBySecond(recorder.takePending())).toEqual([
      { second: 0, succeeded: [] },
      { second: 1, succeeded: [1] },
    ]);
  });

  it('do not end before the run has begun, and may be negative', () => {
    const recorder = new Recorder();
    recorder.rotate(START_US);
    recorder.flush(START_US);
    request(recorder, '/', -1_500_000);
    recorder.begin(START_US, START_US - 1_500_000);
    recorder.rotate(START_US + 1);

    expect(succeededBySecond(recorder.takePending())).toEqual([
      { second: -2, succeeded: [1] },
      { second: -1, succeeded: [] },
    ]);
  });

  it('are all there after a freeze, with the level of what was in flight', () => {
    const recorder = begunRecorder();
    recorder.sent(recorder.nameOf('GET', '/slow'));
    recorder.rotate(START_US + 4_200_000);

    const seconds = recorder.takePending();

    expect(seconds.map(({ second }) => second)).toEqual([0, 1, 2, 3]);
    for (const { names } of seconds) {
      expect(only(names)).toMatchObject({ name: '/slow', succeeded: 0, inFlight: 1 });
    }
  });

  it('are at most 3,601 after a freeze of a day, the oldest and the newest', () => {
    const recorder = begunRecorder();
    request(recorder, '/', 0);
    recorder.rotate(START_US + 86_400e6);

    const seconds = recorder.takePending();

    expect(seconds).toHaveLength(3601);
    expect(seconds[0]).toMatchObject({ second: 0 });
    expect(seconds[1]).toMatchObject({ second: 86_400 - 3600, names: [] });
    expect(seconds.at(-1)).toMatchObject({ second: 86_399 });
  });

  it('are given once each, also where the last is cut early', () => {
    const recorder = begunRecorder();
    recorder.flush(START_US + 2_300_000);
    request(recorder, '/', 2_400_000);
    recorder.rotate(START_US + 3_999_999);
    const before = recorder.takePending().map(({ second }) => second);
    recorder.rotate(START_US + 4_000_000);

    expect(before).toEqual([0, 1, 2]);
    expect(succeededBySecond(recorder.takePending())).toEqual([{ second: 3, succeeded: [1] }]);
  });

  it('still have in flight what the request that ends them was', () => {
    const recorder = begunRecorder();
    request(recorder, '/', 1_000_000);
    recorder.rotate(START_US + 2_000_000);

    const levels = recorder.takePending().map(({ names }) => names.map((stats) => stats.inFlight));

    expect(levels).toEqual([[1], [0]]);
  });

  it('are clean when their memory is used again', () => {
    const recorder = begunRecorder();
    const histograms = new Set<unknown>();
    for (let second = 0; second < 6; second += 1) {
      request(recorder, '/', second * 1_000_000);
      recorder.rotate(START_US + (second + 1) * 1_000_000);
      const recorded = only(recorder.takePending());
      const stats = only(recorded.names);
      expect(plainNameStats(stats)).toMatchObject({ succeeded: 1, service: { count: 1 } });
      histograms.add(stats.service);
      recorder.recycle(recorded);
    }

    expect(histograms.size).toBe(2);
  });

  it('cannot begin twice', () => {
    expect(() => begunRecorder().begin(START_US, START_US)).toThrow(InternalError);
  });
});

describe('the limits of a Recorder', () => {
  it('fold names past the limit into one, and say how many', () => {
    const recorder = begunRecorder(2);
    for (const name of ['/1', '/2', '/3', '/4', '/3', '/1']) request(recorder, name, 0);
    recorder.flush(START_US);

    expect(recorder.foldedNames).toBe(2);
    expect(
      only(recorder.takePending()).names.map(({ method, name, succeeded }) => [
        method,
        name,
        succeeded,
      ]),
    ).toEqual([
      ['GET', '/1', 2],
      ['GET', '/2', 1],
      ['*', '(other names)', 3],
    ]);
  });

  it('cut names to 500 characters, and find them again', () => {
    const recorder = begunRecorder();
    const long = `/${'x'.repeat(3000)}`;

    expect(recorder.nameOf('GET', long)).toBe(recorder.nameOf('GET', long));
    expect(recorder.nameOf('GET', long).name).toHaveLength(500);
  });

  it('count exceptions by message and traceback in the second they happened in', () => {
    const recorder = begunRecorder();
    recorder.exception('TypeError: x', 'at a');
    recorder.exception('TypeError: x', 'at a');
    recorder.exception('TypeError: x', 'at b');
    recorder.rotate(START_US + 2_000_000);

    expect(recorder.takePending().map(({ exceptions }) => exceptions)).toEqual([
      [
        { message: 'TypeError: x', traceback: 'at a', occurrences: 2 },
        { message: 'TypeError: x', traceback: 'at b', occurrences: 1 },
      ],
      [],
    ]);
  });
});
