import { join } from 'node:path';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import { exitStatusOf } from '../../../src/base/exit-status.ts';
import { exitReasonsOf } from '../../../src/report/run-exit.ts';
import { summaryText } from '../../../src/report/summary-text.ts';
import { readRunFile } from '../../../src/store/read/run-reader.ts';
import type {
  RawInterval,
  RunEnd,
  RunInfo,
  RunRecord,
  WorkerRecord,
} from '../../../src/store/record/run-record.ts';
import { RunDatabase } from '../../../src/store/write/run-database.ts';
import {
  interval,
  type NameInput,
  raw,
  runEnd,
  runInfo,
  smallRun,
  temporaryFolder,
  worker,
} from '../store/run-fixtures.ts';

interface RunInput {
  readonly intervals?: readonly RawInterval[];
  readonly workers?: readonly WorkerRecord[];
  readonly info?: Partial<RunInfo>;
  readonly end?: Partial<RunEnd> | null;
}

function recordOf(input: RunInput = {}): RunRecord {
  const path = join(temporaryFolder(), 'a.katydid');
  const database = new RunDatabase(path, runInfo(input.info));
  database.commit({
    intervals: input.intervals ?? smallRun(),
    workers: input.workers ?? [worker('w1'), worker('w2')],
    leaseEnds: (input.workers ?? [])
      .filter(({ status }) => status === 'lost')
      .map(({ workerId }) => ({ workerId, epoch: 1, atMostMore: 0 })),
  });
  if (input.end !== null) database.finish(runEnd(input.end));
  database.close();
  return readRunFile(path);
}

function oneName(changes: Partial<NameInput> = {}): RawInterval[] {
  const names = [{ name: '/delay-job', succeededUs: Array(200).fill(100_000), ...changes }];
  const idle = raw('w2', 0, interval(0, { users: 0 }));
  return [
    ...[0, 1, 2].map((second) => raw('w1', second, interval(second, { users: 4, names }))),
    idle,
  ];
}

const PLAIN = { files: [], isColored: false, glyphs: 'unicode' } as const;

describe('summaryText', () => {
  it('reads like this for a run with failures, an exception and an awkward name', () => {
    const files = ['runs/a.katydid', 'out_stats.csv', 'out_stats_history.csv', 'out_failures.csv'];

    expect(summaryText(recordOf(), { ...PLAIN, files })).toBe(`
katydid  load.ts → http://127.0.0.1:8000

  ! DONE          2 of 10 requests failed (20.0 %); 3 exceptions in the script
    Run           too early to tell (needs 10 s of data)

  Load         4 users (peak) at 2/s on 2 workers, ran 0:03
  Labels       system=gunicorn
  Requests     10, 3.3/s on average, 2 failed (20.0 %)
  Response     p50 1.30 ms   p95 -         p99 -         max 25.0 ms
  Service      p50 1.25 ms   p95 -         p99 -         max 24.9 ms
  Send lag     p50 40 µs     p95 -         p99 -         max 40 µs

  METHOD NAME                      REQS FAIL %   AVG/S     p50     p95    p99 ms
  GET    /                            6    0         2.0     1.3     -       -
  POST   /cart                        3   66.7       1.0    20       -       -
  GET    =SUM(a,"b")                  1    0         0.3     -       -       -
  ALL    3 names                     10   20.0       3.3     1.3     -       -
  -      too few requests: p50 needs 2, p95 20, p99 100 (--json has them)

  Failures
       2  POST /cart   HTTP 503

  Exceptions
       3  Error: out of tea (w1, w2)

  Ledger       11 sent = 8 ok + 2 failed - 1 not sent + 1 abandoned
               + 1 redirected   ✓ adds up
  Files        runs/a.katydid  out_stats.csv  out_stats_history.csv
               out_failures.csv
  Run's exit   1 (exceptions in the script)

`);
  });

  it('calls a run valid that went on for long enough to tell', () => {
    const record = recordOf({ intervals: oneName(), end: { durationSeconds: 10 } });

    expect(summaryText(record, PLAIN)).toContain(
      '\n  ✓ Run valid     generator has headroom (w1 loop 50 %, send lag p99 40 µs)\n',
    );
  });

  it('is pure ASCII where asked for, and reads like this after a signal', () => {
    const record = recordOf({
      intervals: oneName(),
      end: { stopReason: 'signal', durationSeconds: 2.5 },
    });

    expect(summaryText(record, { ...PLAIN, glyphs: 'ascii' })).toBe(`
katydid  load.ts -> http://127.0.0.1:8000

  + DONE          600 requests, none failed
    Run           too early to tell (needs 10 s of data)
  ! STOPPED EARLY at 0:02 of 0:03 (signal)

  Load         4 users (peak) at 2/s on 2 workers, ran 0:02
  Labels       system=gunicorn
  Requests     600, 240/s on average, 0 failed
  Response     p50 100 ms    p95 100 ms    p99 100 ms    max 100 ms
  Service      p50 100 ms    p95 100 ms    p99 100 ms    max 100 ms
  Send lag     p50 40 us     p95 40 us     p99 40 us     max 40 us

  METHOD NAME                      REQS FAIL %   AVG/S     p50     p95    p99 ms
  GET    /delay-job                 600    0       240     100     100     100
  ALL    1 name                     600    0       240     100     100     100

  Ledger       600 sent = 600 ok + 0 failed   + adds up
  Run's exit   0 (all well)

`);
  });

  it.each<[string, RunInput, string]>([
    [
      'a lost worker',
      { workers: [worker('w1'), worker('w2', 'lost')] },
      '\n  ! SUSPECT       w2 was lost after 0:03: what came after',
    ],
    ['a crash', { end: null }, '\n  ! SUSPECT       the run has no recorded end'],
    ['a crash', { end: null }, '\n  ! STOPPED EARLY at 0:03 of 0:03 (crashed)\n'],
    [
      'too many unknown',
      { intervals: oneName({ inFlight: 9 }) },
      '\n  ✗ INVALID       9 requests have no known outcome',
    ],
    [
      'too many unknown',
      { intervals: oneName({ inFlight: 9 }) },
      '609 sent = 600 ok + 0 failed + 9 unknown   ! incomplete\n',
    ],
    ['no request', { intervals: [] }, '\n  ! EMPTY         no request was made\n'],
    [
      'nothing but failures',
      { intervals: oneName({ succeededUs: [], failedUs: [5], error: 'ECONNREFUSED' }) },
      '\n  ✗ FAILED        all 3 requests failed, most often with ECONNREFUSED\n',
    ],
    [
      'nothing but failures in a suspect run',
      {
        intervals: oneName({ succeededUs: [], failedUs: [5], error: 'ECONNREFUSED' }),
        workers: [worker('w1'), worker('w2', 'lost')],
      },
      '\n  ✗ FAILED        all 3 requests failed, most often with ECONNREFUSED\n  ! SUSPECT ',
    ],
    [
      'an end before its time, since no user was left',
      { intervals: oneName(), end: { stopReason: 'users-done', durationSeconds: 1 } },
      '\n  ! ENDED         no user was left after 0:01 of 0:03; 600 requests, none failed\n',
    ],
    [
      'no worker came',
      { intervals: [], workers: [], info: { startedAtEpochMs: null } },
      '\n  ✗ NOT RUN       no worker joined of 2 awaited, so nothing was sent\n\n  Ledger ',
    ],
  ])('says so after %s', (_, input, expected) => {
    expect(summaryText(recordOf(input), PLAIN)).toContain(expected);
  });

  it('shows the 20 slowest of 60 names and those that failed, and where the rest is', () => {
    const names = Array.from({ length: 60 }, (_, index) => ({
      name: `/item/${String(index).padStart(2, '0')}`,
      succeededUs: [1000 * index],
      failedUs: index === 5 ? [10] : [],
    }));
    const record = recordOf({ intervals: [raw('w1', 1, interval(0, { names }))] });

    const text = summaryText(record, PLAIN);
    const withFiles = summaryText(record, { ...PLAIN, files: ['x_stats.csv'] });

    const shown = [...text.matchAll(/^ {2}GET {4}\/item\/(\d\d)/gm)].map(([, index]) =>
      Number(index),
    );
    expect(shown).toEqual([5, ...Array.from({ length: 20 }, (_, index) => 40 + index)]);
    expect(text).toContain('\n         +39 more (katydid report --csv gives all)\n');
    expect(withFiles).toContain('\n         +39 more in stats.csv\n');
  });

  it('has names whole in pipes and files, and as whole as a terminal lets it', () => {
    const name = '/orders/{orderId}/positions/{positionId}/price';
    const record = recordOf({ intervals: oneName({ name }) });

    const piped = summaryText(record, PLAIN);
    const wide = summaryText(record, { ...PLAIN, columns: 120 });
    const narrow = summaryText(record, { ...PLAIN, columns: 80 });

    expect(piped).toContain(`  GET    ${name}      600    0 `);
    expect(wide).toContain(`  GET    ${name}      600    0 `);
    expect(narrow).toContain('  GET    /orders/{o…nId}/price      600 ');
  });

  it('says the rate of the plateau, and what the load cannot ask more than', () => {
    const names = [{ name: '/', succeededUs: Array(40).fill(100_000) }];
    const intervals = [1, 2, 3, 4, 4, 4, 4, 4].map((users, second) =>
      raw('w1', second, interval(second, { users, names: users < 4 ? [] : names })),
    );
    const record = recordOf({ intervals, workers: [worker('w1')], end: { durationSeconds: 8 } });

    const text = summaryText(record, PLAIN);

    expect(text).toContain(
      '  Requests     200, 25.0/s on average, 40.0/s with all 4 users, 0 failed\n',
    );
    expect(text).toContain(
      '  Ceiling      4 users at 100 ms cannot ask more than 40.0/s: this load cannot\n' +
        '               tell faster servers apart\n',
    );
  });

  it('keeps to 80 columns and one line each with names that are long, wide or steer terminals', () => {
    const names = [
      {
        method: 'PROPPATCH',
        name: `/${'very/long/'.repeat(30)}`,
        failedUs: [5],
        error: 'e'.repeat(400),
      },
      { name: '/日本語の長い名前がここにあります', succeededUs: [5] },
      { name: '/\u001b[31mred\r\n\u202eevil', succeededUs: [5], failedUs: [1], error: '\u001b[2J' },
    ];
    const record = recordOf({
      intervals: [raw('w1', 1, interval(0, { names }))],
      info: { host: `http://${'h'.repeat(100)}` },
    });

    const text = summaryText(record, {
      ...PLAIN,
      columns: 80,
      files: ['f'.repeat(60), 'g'.repeat(60)],
    });

    for (const line of text.split('\n')) expect(stringWidth(line)).toBeLessThanOrEqual(80);
    expect(text).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
  });

  it('colours the marks alone, and only where told', () => {
    const record = recordOf();

    const colored = summaryText(record, { ...PLAIN, isColored: true });

    expect(colored).toContain('\u001b[33m! DONE\u001b[39m');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: escape codes are what it is about
    expect(colored.replaceAll(/\u001b\[\d+m/g, '')).toBe(summaryText(record, PLAIN));
  });
});

describe('exitReasonsOf', () => {
  it.each<[string, RunInput, number]>([
    ['all well', { intervals: oneName() }, 0],
    ['failed requests', { intervals: oneName({ failedUs: [1] }) }, 1],
    [
      'failed requests with --exit-code-on-error 0',
      { intervals: oneName({ failedUs: [1] }), info: { exitCodeOnError: 0 } },
      0,
    ],
    [
      'an exception alone',
      {
        intervals: [
          raw(
            'w1',
            1,
            interval(0, { exceptions: [{ message: 'x', traceback: '', occurrences: 1 }] }),
          ),
        ],
      },
      1,
    ],
    ['an invalid run with failures', { intervals: oneName({ inFlight: 9, failedUs: [1] }) }, 4],
    ['a suspect run', { intervals: oneName(), workers: [worker('w1'), worker('w2', 'lost')] }, 0],
    [
      'a suspect run with --strict',
      {
        intervals: oneName(),
        workers: [worker('w1'), worker('w2', 'lost')],
        info: { strict: true },
      },
      4,
    ],
    [
      'all workers lost, before everything else',
      {
        intervals: oneName({ inFlight: 9, failedUs: [1] }),
        workers: [worker('w1', 'lost'), worker('w2', 'lost')],
      },
      5,
    ],
    [
      'a run that no worker came for',
      { intervals: [], workers: [], info: { startedAtEpochMs: null } },
      5,
    ],
    ['a run ended for want of workers', { end: { stopReason: 'lost-workers' } }, 5],
  ])('gives the status for %s', (_, input, status) => {
    const record = recordOf(input);
    const exit = exitStatusOf(exitReasonsOf(record), record.info.exitCodeOnError);

    expect(exit.status).toBe(status);
  });
});
