import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TempFolder } from '../support/temp-folder.ts';
import { startTruthServer, type TruthServer } from '../support/truth-server.ts';
import { expectTruth } from './support/expect-truth.ts';
import { expectStatus, runToEnd } from './support/katydid-run.ts';

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder[Symbol.dispose]());

/** A script whose `note(text)` adds a line to notes.txt, whichever process it runs in. */
const NOTES = `
  import { appendFileSync } from 'node:fs';
  import { constant, environment, events, HttpUser, StopUser, task, User } from 'katydid';
  const note = (text: string) => appendFileSync(process.env.NOTES ?? '', text + '\\n');
`;

/** Four users that fire three requests each and stop. */
const FIRING = `
  export class Firing extends User {
    @task fire() {
      events.request.fire({ requestType: 'TCP', name: 'ping', responseTime: 5, responseLength: 10 });
      if (this.iteration === 2) throw new StopUser();
    }
  }
`;
const FOUR = ['-u', '4', '-r', '100', '-t', '30s'];

function notes(): readonly string[] {
  return folder.has('notes.txt') ? folder.read('notes.txt').trim().split('\n') : [];
}

function run(loadfile: string, args: readonly string[] = FOUR): ReturnType<typeof runToEnd> {
  return runToEnd(folder, { loadfile, args: [...args, '-e', `NOTES=${folder.file('notes.txt')}`] });
}

describe('events of a run', () => {
  it('fire on the master and on both workers, in the order of the test', async () => {
    const { json, stderr } = await run(`${NOTES}${FIRING}
      const names = ['init', 'workerConnect', 'testStart', 'testStopping', 'testStop', 'quitting', 'quit'] as const;
      const who = () => environment.role === 'master' ? 'master' : 'w' + (environment.workerIndex + 1);
      for (const name of names) events[name].addListener(() => note(who() + ' ' + name));
    `);

    const of = (who: string): readonly string[] =>
      notes()
        .filter((line) => line.startsWith(`${who} `))
        .map((line) => line.slice(who.length + 1));
    const everywhere = ['init', 'testStart', 'testStopping', 'testStop', 'quitting', 'quit'];
    expect(of('w1'), stderr).toEqual(everywhere);
    expect(of('w2')).toEqual(everywhere);
    expect(of('master')).toEqual([
      'init',
      'workerConnect',
      'workerConnect',
      ...everywhere.slice(1),
    ]);
    const position = (line: string): number => notes().indexOf(line);
    expect(position('master testStart')).toBeLessThan(position('w1 testStart'));
    expect(position('w1 testStop')).toBeLessThan(position('master testStop'));
    expect(json.ledger).toMatchObject({ sent: 12, succeeded: 12 });
  });

  it('puts what listeners of testStop and quitting throw on workers into the report', async () => {
    const { json } = await run(`${NOTES}${FIRING}
      for (const name of ['testStop', 'quitting'] as const) {
        events[name].addListener(() => {
          if (environment.role === 'worker') throw new Error('broken ' + name);
        });
      }
    `);

    const thrown = json.exceptions.map(({ message, occurrences }) => [message, occurrences]);
    expect(thrown.sort()).toEqual([
      ['broken quitting', 2],
      ['broken testStop', 2],
    ]);
  });

  it('are awaited: no user starts before the listeners of testStart are done', async () => {
    await run(`${NOTES}
      events.testStart.addListener(async () => {
        await new Promise((resolve) => setTimeout(resolve, 300));
        note('ready');
      });
      export class Late extends User {
        @task one() { note('user'); throw new StopUser(); }
      }`);

    expect(notes().slice(0, 3)).toEqual(['ready', 'ready', 'ready']);
    expect(notes().slice(3)).toEqual(['user', 'user', 'user', 'user']);
  });

  it('carry messages and reports between workers and master', async () => {
    const { stderr } = await run(`${NOTES}${FIRING}
      const { runner } = environment;
      runner.registerMessage('work', ({ data, from }) => {
        note('work ' + JSON.stringify(data) + ' ' + from);
        runner.sendMessage('done', { index: environment.workerIndex });
      });
      let answers = 0;
      runner.registerMessage('done', ({ data, from }) => {
        note('done ' + JSON.stringify(data) + ' ' + from);
      });
      events.workerConnect.addListener(({ clientId }) => runner.sendMessage('work', [clientId], clientId));
      let fired = 0;
      events.request.addListener(() => { fired += 1; });
      events.reportToMaster.addListener(({ data }) => { data.fired = fired; });
      const byWorker = new Map<string, unknown>();
      events.workerReport.addListener(({ clientId, data }) => byWorker.set(clientId, data.fired));
      events.testStop.addListener(() => {
        if (environment.role === 'master') note('fired ' + [...byWorker.values()].join('+'));
      });`);

    expect(notes().toSorted(), stderr).toEqual([
      'done {"index":0} w1',
      'done {"index":1} w2',
      'fired 6+6',
      'work ["w1"] master',
      'work ["w2"] master',
    ]);
  });

  it('report a listener that throws, bounded, and disturb nobody by it', async () => {
    const result = await run(`${NOTES}${FIRING}
      events.request.addListener(() => { throw new Error('listener broke'); });
      events.userError.addListener(() => note('user error'));`);

    expect(result.json.ledger).toMatchObject({ sent: 12, succeeded: 12 });
    expect(result.json.exceptions).toMatchObject([
      { message: 'listener broke', occurrences: 12, workers: ['w1', 'w2'] },
    ]);
    expect(result.json.exceptions[0]?.traceback).toContain('loadfile.ts:');
    expect(notes()).toEqual([]);
    expectStatus(result, 1);
  });
});

describe('events.request', () => {
  it('puts fired and measured requests into ledger, JSON and CSV like any other', async () => {
    const result = await run(`${NOTES}
      export class Mixed extends User {
        @task async one() {
          events.request.fire({ requestType: 'TCP', name: 'fired', responseTime: 7, exception: new Error('no pong') });
          await events.request.measure('TCP', 'measured', async (request) => {
            request.responseLength = 3;
            await new Promise((resolve) => setTimeout(resolve, 20));
          });
          if (this.iteration === 1) throw new StopUser();
          await events.request.measure('TCP', 'broken', () => { throw new Error('refused'); });
        }
      }`);

    expect(result.json.ledger).toMatchObject({ sent: 20, succeeded: 8, failed: 12, notSent: 0 });
    expect(result.json.requests).toMatchObject([
      { method: 'TCP', name: 'broken', requests: 4, failures: 4 },
      { method: 'TCP', name: 'fired', requests: 8, failures: 8, responseTime: { max: 7 } },
      { method: 'TCP', name: 'measured', requests: 8, failures: 0, averageContentLength: 3 },
    ]);
    expect(result.json.requests[2]?.responseTime['min']).toBeGreaterThanOrEqual(19);
    // What a measured request throws ends the task, and is no exception besides.
    expect(result.json.exceptions).toEqual([]);
    expect(result.failures.map((row) => [row['Name'], row['Error'], row['Occurrences']])).toEqual([
      ['broken', 'refused', '4'],
      ['fired', 'no pong', '8'],
    ]);
  });

  it('counts what is cut at the end of a stop as abandoned', async () => {
    const { json } = await run(
      `${NOTES}export class Stuck extends User {
        @task async one() { await events.request.measure('TCP', 'stuck', () => new Promise(() => {})); }
      }`,
      ['-u', '4', '-r', '100', '-t', '1s', '-s', '0'],
    );

    expect(json.ledger).toMatchObject({ sent: 4, succeeded: 0, failed: 0, abandoned: 4 });
  });
});

describe('events.request of HTTP', () => {
  let server: TruthServer;
  beforeEach(async () => {
    server = await startTruthServer();
  });
  afterEach(() => server.close());

  it('tells listeners of each request with its answer and context', async () => {
    const result = await run(
      `${NOTES}
      events.request.addListener((event) => note([event.requestType, event.name, event.response?.status,
        event.exception?.message, event.context?.step, new URL(event.url).pathname, event.responseTime > 0,
        Math.abs(event.startTime - Date.now()) < 60_000].join(' ')));
      export class Asks extends HttpUser {
        @task async one() {
          await this.client.get('/ok', { context: { step: 1 } });
          await this.client.get('/status/503', { context: { step: 2 } });
          throw new StopUser();
        }
      }`,
      [...FOUR, '-H', server.url],
    );

    await expectTruth(server, result);
    expect(notes().toSorted()).toEqual([
      ...Array.from({ length: 4 }, () => 'GET /ok 200  1 /ok true true'),
      ...Array.from(
        { length: 4 },
        () => 'GET /status/503 503 GET /status/503: HTTP 503 2 /status/503 true true',
      ),
    ]);
  });
});

describe('setup and teardown', () => {
  it('run once on the master, outside of the figures, and share data with every user', async () => {
    const result = await run(`${NOTES}
      export async function setup() { note('setup ' + environment.role); return { token: 'abc', ids: [1, 2] }; }
      export async function teardown(data: unknown) {
        note('teardown ' + JSON.stringify(data) + ' ' + environment.stats.total.requests);
      }
      export class Uses extends User {
        @task one() {
          events.request.fire({ requestType: 'T', name: JSON.stringify(environment.data), responseTime: 1 });
          throw new StopUser();
        }
      }`);

    expect(notes()).toEqual(['setup master', 'teardown {"token":"abc","ids":[1,2]} 4']);
    expect(result.json.requests).toMatchObject([
      { name: '{"token":"abc","ids":[1,2]}', requests: 4 },
    ]);
    expectStatus(result, 0);
  });

  it('end the run before it begins where setup throws, with file and line and exit 2', async () => {
    const { status, stderr, json } = await run(`${NOTES}${FIRING}
export function setup() {
  throw new Error('no database');
}
export function teardown() { note('teardown'); }`);

    expect(status).toBe(2);
    expect(stderr).toMatch(/loadfile\.ts:\d+:9: setup\(\): Error: no database/);
    expect(json.ledger.sent).toBe(0);
    expect(notes()).toEqual([]);
  });

  it('report an exception of teardown as one of the master, and exit 1', async () => {
    const result = await run(`${NOTES}${FIRING}
      export function teardown() { throw new Error('still there'); }`);

    expect(result.json.exceptions).toMatchObject([
      { message: 'still there', occurrences: 1, workers: ['master'] },
    ]);
    expect(result.exceptions).toMatchObject([{ Count: '1', Nodes: 'master' }]);
    expect(result.json.workers.map((worker) => worker.id)).toEqual(['w1', 'w2']);
    expectStatus(result, 1);
  });

  it('refuse data that is no JSON', async () => {
    const { status, stderr } = await run(`${NOTES}${FIRING}
      export function setup() { const a: any = {}; a.a = a; return a; }`);

    expect(status).toBe(2);
    expect(stderr).toContain('setup(): what setup() returns: the data cannot be written as JSON');
  });
});

describe('environment', () => {
  it('ends the run from a worker by runner.quit, and decides the exit status', async () => {
    const { json, status, stderr } = await run(`${NOTES}
      events.quitting.addListener(() => {
        if (environment.role === 'master' && environment.stats.total.requests > 0) environment.processExitCode = 42;
      });
      export class Quits extends User {
        waitTime = constant(0.05);
        @task one() {
          events.request.fire({ requestType: 'T', name: 'n', responseTime: 1 });
          if (this.index === 1 && this.iteration === 3) environment.runner.quit();
        }
      }`);

    expect(json.run.stopReason, stderr).toBe('script');
    expect(status).toBe(json.verdict.validity === 'invalid' ? 4 : 42);
  });
});

describe('what nobody awaits', () => {
  it('is an exception with its place, and no end of the worker', async () => {
    const result = await run(`${NOTES}
      export class Careless extends User {
        waitTime = constant(0.1);
        @task async one() {
          void Promise.reject(new Error('nobody listens'));
          setTimeout(() => { throw new Error('from a timer'); }, 5);
          if (this.iteration === 2) throw new StopUser();
        }
      }`);

    const messages = result.json.exceptions.map(({ message, occurrences }) => [
      message,
      occurrences,
    ]);
    expect(messages.toSorted(), result.stderr).toEqual([
      // The timers of the last iteration may fire when everything is over.
      ['from a timer', expect.any(Number)],
      ['nobody listens', 12],
    ]);
    for (const { traceback } of result.json.exceptions) expect(traceback).toContain('loadfile.ts:');
    expect(result.json.workers.map((worker) => worker.status)).toEqual(['finished', 'finished']);
  });
});
