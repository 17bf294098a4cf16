import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PythonApp } from '../support/python-app.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { expectOutputsAgree } from './support/expect-truth.ts';
import { Fleet } from './support/fleet.ts';
import { expectStatus, type FinishedRun, finishRun, runToEnd } from './support/katydid-run.ts';

/** The scenario that katydid was made for: peak concurrency 100, spawn rate 10. */
const LOADFILE = `
  import { HttpUser, task } from 'katydid';
  export class Visitor extends HttpUser {
    @task visit() {
      return this.client.get('/delay-job', { check: (answer) => answer.json().hello === 'world' || 'no greeting' });
    }
  }`;
const LOAD = ['-u', '100', '-r', '10', '-t', '13s'];

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => {
  folder[Symbol.dispose]();
});

describe('100 users at spawn rate 10', () => {
  it('on gunicorn with 4 workers, by run with 2 workers, are counted to the last request', async () => {
    await using app = await PythonApp.gunicorn(4);

    const run = await runToEnd(folder, { loadfile: LOADFILE, args: ['-H', app.url, ...LOAD] });

    expectScenario(run, app);
    expect(app.processes()).toBe(4);
  });

  it('on gunicorn with 4 workers, by a master and 2 worker processes, too', async () => {
    await using app = await PythonApp.gunicorn(4);
    using fleet = new Fleet(folder, { loadfile: LOADFILE, args: ['-H', app.url, ...LOAD] });
    await Promise.all([fleet.worker(), fleet.worker()]);

    const run = await finishRun(folder, fleet.master);

    expectScenario(run, app);
    expect(app.processes()).toBe(4);
  });

  it('on uvicorn with 1 worker, by run with 2 workers, too', async () => {
    await using app = await PythonApp.uvicorn();

    const run = await runToEnd(folder, { loadfile: LOADFILE, args: ['-H', app.url, ...LOAD] });

    expectScenario(run, app);
    expect(app.processes()).toBe(1);
  });
});

function expectScenario(run: FinishedRun, app: PythonApp): void {
  const { ledger, total, timeline, workers } = run.json;
  expect(ledger).toEqual({
    sent: app.requests(),
    succeeded: app.requests(),
    failed: 0,
    notSent: 0,
    abandoned: 0,
    redirected: 0,
    unknown: 0,
  });
  expect(total.statuses).toEqual({ 200: app.requests() });
  expectOutputsAgree(run);
  expect(workers.map(({ usersPeak }) => usersPeak)).toEqual([50, 50]);
  expectStatus(run, 0);
  // The server sleeps for 100 ms: nothing can be faster.
  expect(total.responseTime['min']).toBeGreaterThan(95);
  // What follows holds where the machine kept up with both, as katydid itself says.
  if (run.json.verdict.validity !== 'valid') return;
  expect(total.responseTime['p50']).toBeGreaterThanOrEqual(100);
  expect(total.responseTime['p50']).toBeLessThanOrEqual(200);
  // User k starts at k / 10 s; the one that is due at a second's very edge may be on either side.
  for (const { second, users } of timeline.slice(0, 10)) {
    expect(Math.abs(users - Math.min(100, 10 * (second + 1)))).toBeLessThanOrEqual(1);
  }
  expect(timeline.slice(10, 13).map(({ users }) => users)).toEqual([100, 100, 100]);
}
