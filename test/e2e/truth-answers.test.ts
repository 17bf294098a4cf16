import { createServer } from 'node:net';
import { describe, expect } from 'vitest';
import { runKatydid } from '../support/katydid-process.ts';
import type { TempFolder } from '../support/temp-folder.ts';
import { expectTruth } from './support/expect-truth.ts';
import { expectStatus, type FinishedRun, runToEnd } from './support/katydid-run.ts';
import { truthTest as it } from './support/truth-test.ts';

/** Users that end after so many iterations make runs whose every count is known beforehand. */
const EVERY_KIND = `
import { constant, HttpUser, StopUser, task } from 'katydid';

class TenTimes extends HttpUser {
  static abstract = true;
  // Long enough that every user is seen in the timeline.
  waitTime = constant(0.25);
  async ten(once: () => Promise<unknown>) {
    await once();
    if (this.iteration === 9) throw new StopUser();
  }
}
export class Mixed extends TenTimes {
  static weight = 3;
  @task mixed() { return this.ten(() => this.client.get('/mixed')); }
}
export class Statuses extends TenTimes {
  @task statuses() {
    return this.ten(async () => {
      await this.client.get('/status/404', { check: (answer) => answer.status === 404 || 'found' });
      await this.client.get('/status/503');
      await this.client.get('/status/204');
      await this.client.get('/ok', { check: (answer) => answer.text() !== 'ok' || 'it is ok' });
    });
  }
}
export class Sender extends TenTimes {
  static fixedCount = 1;
  @task send() {
    return this.ten(async () => {
      const json = { index: this.index, text: 'zażółć' };
      await this.client.post('/echo', { json, check: (answer) => answer.json().text === json.text });
      await this.client.get('/gzip', { check: (answer) => answer.json().packed === true });
    });
  }
}
export class Loader extends TenTimes {
  static fixedCount = 2;
  @task load() {
    return this.ten(() => this.client.get('/large/300000', { check: (answer) => answer.bytes().length === 300000 }));
  }
}
export class Follower extends TenTimes {
  static fixedCount = 1;
  @task follow() {
    return this.ten(() => this.client.get('/redirect/2', { check: (answer) => answer.history.length === 2 }));
  }
}
export class Dropped extends TenTimes {
  static fixedCount = 2;
  @task drop() {
    return this.ten(async () => {
      await this.client.get('/drop');
      await this.client.get('/drop-mid');
    });
  }
}
`;

describe.concurrent('a run of users that do ten iterations each', () => {
  it('counts every kind of answer as the server does, and report makes the same bytes again', async ({
    server,
    folder,
  }) => {
    // 6 users by fixedCount; the other 8 as 3 to 1.
    const args = ['-H', server.url, '-u', '14', '-r', '50', '-t', '60s'];

    const run = await runToEnd(folder, { loadfile: EVERY_KIND, args });

    await expectTruth(server, run, {
      nameOf: (path) => (path.startsWith('/redirect/') ? '/redirect/2' : path),
    });
    expect(Object.fromEntries(run.json.requests.map((row) => [row.name, countsOf(row)]))).toEqual({
      '/drop': '20 requests, 20 failed, 0 redirected',
      '/drop-mid': '20 requests, 20 failed, 0 redirected',
      '/echo': '10 requests, 0 failed, 0 redirected',
      '/gzip': '10 requests, 0 failed, 0 redirected',
      '/large/300000': '20 requests, 0 failed, 0 redirected',
      '/mixed': '60 requests, 18 failed, 0 redirected',
      '/ok': '20 requests, 20 failed, 0 redirected',
      '/redirect/2': '10 requests, 0 failed, 20 redirected',
      '/status/204': '20 requests, 0 failed, 0 redirected',
      '/status/404': '20 requests, 0 failed, 0 redirected',
      '/status/503': '20 requests, 20 failed, 0 redirected',
    });
    expect(errorsOf(run, '/mixed')).toEqual({ 'HTTP 404': 12, 'HTTP 503': 6 });
    expect(errorsOf(run, '/ok')).toEqual({ 'check: it is ok': 20 });
    expect(run.json.requests.find(({ name }) => name === '/large/300000')).toMatchObject({
      averageContentLength: 300_000,
    });
    expect(run.json.run).toMatchObject({ stopReason: 'users-done', users: 14, workers: 2 });
    expect(run.json.workers.map(({ usersPeak }) => usersPeak)).toEqual([7, 7]);
    expect(Math.max(...run.json.timeline.map(({ users }) => users))).toBe(14);
    expect(Math.max(...run.history.map((row) => Number(row['User Count'])))).toBe(14);
    expectStatus(run, 1);
    await expectSameReport(folder, run);
  });
});

describe.concurrent('a run of two seconds', () => {
  it('counts slow answers, timeouts and refused connections, and goes on', async ({
    server,
    folder,
  }) => {
    const loadfile = `
      import { constant, HttpUser, task } from 'katydid';
      export class Patient extends HttpUser {
        @task slow() { return this.client.get('/slow/150'); }
        @task impatient() { return this.client.get('/slow/1500', { timeout: 0.2 }); }
      }
      export class Lost extends HttpUser {
        waitTime = constant(0.05);
        @task refused() { return this.client.get('http://127.0.0.1:${await closedPort()}/refused', { name: '/refused' }); }
        @task fine() { return this.client.get('/ok'); }
      }`;
    const args = ['-H', server.url, '-u', '12', '-r', '30', '-t', '2s'];

    const run = await runToEnd(folder, { loadfile, args });

    await expectTruth(server, run);
    const refused = run.json.requests.find(({ name }) => name === '/refused');
    expect(refused?.notSent).toBe(refused?.requests);
    expect(refused?.requests).toBeGreaterThan(5);
    expect(errorsOf(run, '/refused')).toEqual({ ECONNREFUSED: refused?.requests });
    const impatient = run.json.requests.find(({ name }) => name === '/slow/1500');
    expect(errorsOf(run, '/slow/1500')).toEqual({ 'timeout after 0.2 s': impatient?.requests });
    expect(run.json.run.stopReason).toBe('run-time');
    expect(Math.max(...run.json.timeline.map(({ users }) => users))).toBe(12);
    expectStatus(run, 1);
  });
});

function countsOf(row: FinishedRun['json']['requests'][number]): string {
  return `${row.requests} requests, ${row.failures} failed, ${row.redirected} redirected`;
}

function errorsOf({ json }: FinishedRun, wanted: string): Record<string, number> {
  const entries = json.errors.filter(({ name }) => name === wanted);
  return Object.fromEntries(entries.map(({ error, occurrences }) => [error, occurrences]));
}

/** Makes all outputs again from the run file, over the old ones. */
async function expectSameReport(folder: TempFolder, run: FinishedRun): Promise<void> {
  const names = ['out.json', 'out_stats.csv', 'out_stats_history.csv', 'out_failures.csv'];
  const before = names.map((name) => folder.read(name));
  const args = ['report', 'out.katydid', '--csv', 'again', '--json', 'again.json'];

  const report = await runKatydid(args, { cwd: folder.path });

  expect(report.status).toBe(0);
  expect(names.map((name) => folder.read(name.replace('out', 'again')))).toEqual(before);
  expect(bodyOf(report.stdout)).toBe(bodyOf(run.stdout));
}

/** A summary up to the list of its files. */
function bodyOf(summary: string): string {
  expect(summary).toContain('  Files ');
  return summary.slice(0, summary.indexOf('  Files '));
}

/** A port of 127.0.0.1 on which nobody listens. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => resolve(port));
    });
  });
}
