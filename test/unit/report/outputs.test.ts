import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import type { SummaryJson } from '../../../src/report/summary-json.ts';
import { writeOutputsOf } from '../../../src/report/write-outputs.ts';
import type { RunBatch } from '../../../src/store/record/run-record.ts';
import { RunDatabase } from '../../../src/store/write/run-database.ts';
import {
  interval,
  raw,
  runEnd,
  runInfo,
  STARTED_AT_EPOCH_MS,
  smallRun,
  temporaryFolder,
  worker,
} from '../store/run-fixtures.ts';

interface Outputs {
  readonly folder: string;
  readonly json: SummaryJson;
  csv(name: string): string;
  rows(name: string): Record<string, string>[];
}

function writeRun(path: string, batch: Partial<RunBatch> = {}): void {
  const database = new RunDatabase(path, runInfo());
  const workers = [worker('w1'), worker('w2')];
  database.commit({ intervals: smallRun(), workers, ...batch });
  database.finish(runEnd());
  database.close();
}

function outputsOf(runFile: string, folder: string): Outputs {
  mkdirSync(folder, { recursive: true });
  const csvPrefix = join(folder, 'out');
  const jsonPath = join(folder, 'out.json');
  writeOutputsOf(runFile, { csvPrefix, jsonPath, isCsvHistoryFull: true });
  const csv = (name: string) => readFileSync(`${csvPrefix}_${name}.csv`, 'utf8');
  return {
    folder,
    json: JSON.parse(readFileSync(jsonPath, 'utf8')),
    csv,
    rows: (name) => parse(csv(name), { columns: true, record_delimiter: '\r\n' }),
  };
}

function outputs(batch: Partial<RunBatch> = {}): Outputs {
  const folder = temporaryFolder();
  writeRun(join(folder, 'a.katydid'), batch);
  return outputsOf(join(folder, 'a.katydid'), join(folder, 'first'));
}

const cell = (row: Record<string, string>, column: string): string => row[column] ?? '';

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0);

describe('writeOutputs', () => {
  it('has no row for a name under which requests were on their way in 1 second and nothing ended', () => {
    const named = { method: 'HEAD', name: '/item 200', succeededUs: [900] };
    const { json, rows } = outputs({
      intervals: [
        // The request's answer chose another name than the one it was sent under.
        raw('w1', 1, interval(0, { names: [{ method: 'HEAD', name: '/item/17', inFlight: 1 }] })),
        raw('w1', 2, interval(1, { names: [named] })),
      ],
    });

    expect(json.requests.map(({ name }) => name)).toEqual(['/item 200']);
    expect(rows('stats').map(({ Name }) => Name)).toEqual(['/item 200', 'Aggregated']);
    expect(rows('stats_history').filter(({ Name }) => Name === '/item/17')).toEqual([]);
    expect(json.ledger).toMatchObject({ sent: 1, succeeded: 1, unknown: 0 });
  });

  it('makes the same bytes again, also from a copy in another folder', () => {
    const folder = temporaryFolder();
    writeRun(join(folder, 'a.katydid'));
    copyFileSync(join(folder, 'a.katydid'), join(folder, 'copy.katydid'));

    const first = outputsOf(join(folder, 'a.katydid'), join(folder, 'first'));
    const second = outputsOf(join(folder, 'copy.katydid'), join(folder, 'second'));

    const files = readdirSync(first.folder);
    expect(files).toHaveLength(5);
    for (const file of files) {
      expect(readFileSync(join(second.folder, file))).toEqual(
        readFileSync(join(first.folder, file)),
      );
    }
  });

  it('writes what it can and names the folder of what it cannot', () => {
    const folder = temporaryFolder();
    writeRun(join(folder, 'a.katydid'));
    const csvPrefix = join(folder, 'missing', 'out');

    const write = () =>
      writeOutputsOf(join(folder, 'a.katydid'), { csvPrefix, jsonPath: join(folder, 'out.json') });

    expect(write).toThrow(
      expect.objectContaining({
        code: 'KAT_OUTPUT',
        message: expect.stringContaining(`in the folder ${join(folder, 'missing')}`),
      }),
    );
    expect(existsSync(join(folder, 'out.json'))).toBe(true);
  });

  it('closes the ledger for each name, in total and over the run', () => {
    const { json } = outputs();

    const { ledger, total, requests, timeline } = json;
    expect(ledger.sent).toBe(
      ledger.succeeded +
        ledger.failed -
        ledger.notSent +
        ledger.abandoned +
        ledger.redirected +
        ledger.unknown,
    );
    expect(total.requests).toBe(ledger.succeeded + ledger.failed);
    expect(sum(requests.map((row) => row.requests))).toBe(total.requests);
    expect(sum(requests.map((row) => row.failures))).toBe(ledger.failed);
    expect(sum(timeline.map((row) => row.requests))).toBe(total.requests);
    expect(
      sum(requests.map((r) => r.requests - r.notSent + r.abandoned + r.redirected + r.unknown)),
    ).toBe(ledger.sent);
  });

  it('gives a request all of its figures in the order of the contract', () => {
    const { json } = outputs();

    expect(json.requests.map(({ name }) => name)).toEqual(['/', '/cart', '=SUM(a,"b")']);
    const [, cart] = json.requests;
    expect(Object.keys(cart ?? {})).toEqual([
      'method',
      'name',
      'requests',
      'failures',
      'notSent',
      'abandoned',
      'redirected',
      'unknown',
      'requestsPerSecond',
      'failuresPerSecond',
      'bytesReceived',
      'averageContentLength',
      'statuses',
      'responseTime',
      'serviceTime',
      'sendLag',
      'timeToFirstByte',
      'succeededResponseTime',
      'failedResponseTime',
    ]);
    expect(cart).toMatchObject({
      method: 'POST',
      requests: 3,
      failures: 2,
      notSent: 1,
      requestsPerSecond: 1,
      failuresPerSecond: 0.666667,
      bytesReceived: 360,
      averageContentLength: 17,
      statuses: { 200: 1, 503: 2 },
      responseTime: { min: 0.09, mean: 15.03, max: 25, p99: 25 },
      succeededResponseTime: { min: 20, p50: 20, max: 20 },
      failedResponseTime: { min: 0.09, max: 25 },
    });
    expect(json.workers).toEqual([
      {
        id: 'w1',
        host: 'box',
        pid: 4711,
        usersPeak: 2,
        requests: 8,
        cpuPercent: 25,
        eventLoopUtilization: 0.5,
        sendLagP99: 0.04,
        status: 'finished',
      },
      expect.objectContaining({ id: 'w2', requests: 2 }),
    ]);
    expect(json.run).toEqual({
      id: 'run-1',
      startedAt: '2026-01-02T03:04:05.600Z',
      endedAt: '2026-01-02T03:04:08.600Z',
      durationSeconds: 3,
      host: 'http://127.0.0.1:8000',
      loadfile: 'load.ts',
      scriptSha256: 'ab'.repeat(32),
      users: 4,
      spawnRate: 2,
      workers: 2,
      seed: 7,
      labels: { system: 'gunicorn' },
      measuredFromSecond: 0,
      stopReason: 'run-time',
    });
  });

  it('gives null in JSON and N/A in CSV where there are no samples', () => {
    const { json, rows } = outputs({ intervals: [raw('w1', 1, interval(0))] });

    expect(json.total.requests).toBe(0);
    expect(json.total.responseTime).toMatchObject({ min: null, mean: null, 'p99.99': null });
    expect(json.timeline).toEqual(
      [0, 1, 2].map((second) => ({
        second,
        users: second === 0 ? 2 : 0,
        requests: 0,
        failures: 0,
        p50: null,
        p95: null,
        p99: null,
      })),
    );
    expect(rows('stats')).toEqual([
      expect.objectContaining({
        Type: '',
        Name: 'Aggregated',
        'Request Count': '0',
        'Requests/s': '0',
        'Median Response Time': 'N/A',
        '100%': 'N/A',
      }),
    ]);
    expect(rows('stats_history')).toHaveLength(3);
  });

  it('writes stats.csv with Locust’s columns, agreeing with the JSON', () => {
    const { json, csv, rows } = outputs();

    expect(csv('stats').split('\r\n')[0]).toBe(
      'Type,Name,Request Count,Failure Count,Median Response Time,Average Response Time,Min Response Time,Max Response Time,Average Content Size,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%',
    );
    const stats = rows('stats');
    expect(stats.map((row) => cell(row, 'Name'))).toEqual([
      '/',
      '/cart',
      `'=SUM(a,"b")`,
      'Aggregated',
    ]);
    [...json.requests, json.total].forEach((figures, index) => {
      const row = stats[index] ?? {};
      const { responseTime } = figures;
      expect(Number(cell(row, 'Request Count'))).toBe(figures.requests);
      expect(Number(cell(row, 'Failure Count'))).toBe(figures.failures);
      expect(Number(cell(row, 'Requests/s'))).toBe(figures.requestsPerSecond);
      expect(Number(cell(row, 'Average Content Size'))).toBe(figures.averageContentLength);
      expect(Number(cell(row, 'Median Response Time'))).toBe(responseTime.p50);
      expect(Number(cell(row, 'Average Response Time'))).toBe(responseTime.mean);
      expect(Number(cell(row, 'Min Response Time'))).toBe(responseTime.min);
      expect(Number(cell(row, '99.99%'))).toBe(responseTime['p99.99']);
      expect(Number(cell(row, '100%'))).toBe(responseTime.max);
    });
  });

  it('writes a row a second for each name seen and for Aggregated, whose totals end as stats.csv', () => {
    const { csv, rows } = outputs();

    expect(csv('stats_history').split('\r\n')[0]).toBe(
      'Timestamp,User Count,Type,Name,Requests/s,Failures/s,50%,66%,75%,80%,90%,95%,98%,99%,99.9%,99.99%,100%,Total Request Count,Total Failure Count,Total Median Response Time,Total Average Response Time,Total Min Response Time,Total Max Response Time,Total Average Content Size',
    );
    const history = rows('stats_history');
    const start = Math.floor(STARTED_AT_EPOCH_MS / 1000) + 1;
    expect(
      history.map((row) => [
        Number(cell(row, 'Timestamp')) - start,
        cell(row, 'User Count'),
        cell(row, 'Name'),
      ]),
    ).toEqual([
      [0, '2', '/'],
      [0, '2', 'Aggregated'],
      [1, '4', '/'],
      [1, '4', '/cart'],
      [1, '4', `'=SUM(a,"b")`],
      [1, '4', 'Aggregated'],
      [2, '4', '/'],
      [2, '4', '/cart'],
      [2, '4', `'=SUM(a,"b")`],
      [2, '4', 'Aggregated'],
    ]);
    expect(history[7]).toMatchObject({
      'Requests/s': '0',
      '50%': 'N/A',
      'Total Request Count': '3',
    });
    const aggregated = rows('stats').at(-1) ?? {};
    expect(history.at(-1)).toMatchObject({
      'Total Request Count': cell(aggregated, 'Request Count'),
      'Total Failure Count': cell(aggregated, 'Failure Count'),
      'Total Median Response Time': cell(aggregated, 'Median Response Time'),
      'Total Average Response Time': cell(aggregated, 'Average Response Time'),
      'Total Max Response Time': cell(aggregated, 'Max Response Time'),
      'Total Average Content Size': cell(aggregated, 'Average Content Size'),
    });
  });

  it('writes failures and exceptions that csv-parse gives back, quotes and line breaks included', () => {
    const { csv, rows, json } = outputs();

    expect(csv('failures')).toBe(
      'Method,Name,Error,Occurrences,First Seen,Last Seen\r\n' +
        'POST,/cart,HTTP 503,2,2026-01-02T03:04:06.850Z,2026-01-02T03:04:07.350Z\r\n',
    );
    expect(rows('exceptions')).toEqual([
      {
        Count: '3',
        Message: 'Error: out of tea',
        Traceback: 'at load.ts:7\n  "x", y',
        Nodes: 'w1, w2',
      },
    ]);
    expect(json.exceptions[0]).toMatchObject({ occurrences: 3, workers: ['w1', 'w2'] });
    expect(json.errors[0]).toMatchObject({ occurrences: 2, firstSeen: '2026-01-02T03:04:06.850Z' });
  });

  it('starts totals again at a reset, while timeline and ledger cover the run', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'a.katydid');
    const database = new RunDatabase(path, runInfo());
    const [first, second, ...rest] = smallRun();
    database.commit({ intervals: [first, second].filter((entry) => entry !== undefined) });
    database.commit({ intervals: rest, phases: [{ fromSecond: 1 }] });
    database.finish(runEnd());
    database.close();

    const { json, rows } = outputsOf(path, join(folder, 'out'));

    expect(json.run.measuredFromSecond).toBe(1);
    expect(json.total).toMatchObject({ requests: 7, requestsPerSecond: 3.5 });
    expect(sum(json.timeline.map((row) => row.requests))).toBe(10);
    expect(json.ledger.succeeded + json.ledger.failed).toBe(10);
    const aggregated = rows('stats_history').filter((row) => cell(row, 'Name') === 'Aggregated');
    expect(aggregated.map((row) => cell(row, 'Total Request Count'))).toEqual(['3', '5', '7']);
  });
});
