import { fileURLToPath } from 'node:url';
import { describe, expect } from 'vitest';
import type { TempFolder } from '../support/temp-folder.ts';
import { expectOutputsAgree } from './support/expect-truth.ts';
import { expectStatus, type FinishedRun, finishRun, startRun } from './support/katydid-run.ts';
import { peakMemoryMb } from './support/peak-memory.ts';
import { onTheWire } from './support/summarized-run.ts';
import { truthTest as it } from './support/truth-test.ts';

const NASTY = fileURLToPath(new URL('../support/nasty-values.ts', import.meta.url));

/** A worker with nothing to do has 90 MB; what a script hands over in one second comes on top. */
const MOST_MEMORY_MB = 600;

/** Throws the next nasty value wherever a load file is called, in every process. */
const THROWS_EVERYWHERE = `
  import { environment, events, HttpUser, StopUser, task, User } from 'katydid';
  import { NASTY_VALUES } from ${JSON.stringify(NASTY)};

  const values = Object.values(NASTY_VALUES);
  let at = 0;
  function nasty(): never {
    at += 1;
    throw values[at % values.length];
  }
  for (const hook of Object.values(events)) {
    hook.addListener(() => nasty());
    hook.addListener(async () => nasty());
  }
  environment.runner.registerMessage('hello', () => nasty());
  export function teardown() { nasty(); }

  export class Thrower extends HttpUser {
    static fixedCount = 6;
    waitTime() { return this.iteration % 5 === 4 ? nasty() : 0.005; }
    async onStart() { await this.client.get('/ok', { check: () => nasty() }); }
    @task async turns() {
      const turn = this.iteration;
      if (turn >= 20) throw new StopUser();
      await this.client.get('/ok', { name: () => nasty(), check: async () => nasty() });
      void this.client.get('/ok', { check: () => nasty() });
      void Promise.reject(values[turn % values.length]);
      setTimeout(() => nasty(), 0);
      environment.runner.sendMessage('hello', turn);
      environment.runner.sendMessage('__proto__', turn);
      if (turn % 3 === 0) environment.runner.sendMessage('hello', NASTY_VALUES['a circular object'] as null);
      if (turn % 3 === 1) process.exit(3);
      nasty();
    }
    async onStop() { nasty(); }
  }
  export class NeverStarts extends User {
    static fixedCount = 2;
    async onStart() { nasty(); }
    @task never() {}
  }
  export class NeverMade extends User {
    static fixedCount = 2;
    constructor() { super(); nasty(); }
    @task never() {}
  }
`;

/** So many requests of its own making in all, so much of everything, as fast as they can be told. */
const MILLION = (what: string): string => `
  import { environment, events, StopUser, task, User } from 'katydid';
  let number = 0;
  export class Flood extends User {
    @task flood() {
      for (let at = 0; at < 1000; at += 1) {
        number += 1;
        const id = environment.workerIndex + '-' + number;
        ${what}
      }
      if (number >= 500_000) throw new StopUser();
    }
  }`;

const ESCAPES = '\\u001b]0;owned\\u0007\\u001b[2J\\u009b31m\\u202e\\u0000\\u001bc';

describe('a load file that throws in every hook', () => {
  it('runs to its end: each exception counted, each request as the server saw it', async ({
    server,
    folder,
  }) => {
    const args = ['-H', server.url, '-u', '10', '-r', '100', '-t', '60s', '-s', '1'];

    const { run } = await watchedRun(folder, THROWS_EVERYWHERE, args);

    // onStart once, then two requests in each of 20 turns, for 6 users.
    await server.idle();
    expect(run.json.requests.map(onTheWire).reduce((sum, count) => sum + count, 0)).toBe(
      server.total(),
    );
    expect(server.total()).toBeGreaterThanOrEqual(6);
    expectOutputsAgree(run);
    const messages = run.json.exceptions.map(({ message }) => message);
    expect(messages).toContain('a thrown value that cannot be read');
    expect(new Set(run.json.exceptions.flatMap(({ workers }) => workers))).toEqual(
      new Set(['w1', 'w2', 'master']),
    );
    expect(run.json.run.stopReason).toBe('users-done');
    expectStatus(run, 1);
  });
});

describe('a load file without bounds', () => {
  it('has 1,000,000 names counted, 1,000 of each worker by themselves', async ({ folder }) => {
    const what = `events.request.fire({ requestType: 'X', name: '/item/' + id, responseTime: 1 });`;

    const { run, peakMb } = await watchedRun(folder, MILLION(what), ['-u', '2', '-r', '100']);

    const { total, requests, verdict } = run.json;
    expect(total.requests).toBeGreaterThanOrEqual(1_000_000);
    expect(requests).toHaveLength(2001);
    const others = requests.find(({ name }) => name === '(other names)');
    expect(others?.requests).toBe(total.requests - 2000);
    expect(verdict.reasons.map(({ code }) => code)).toContain('names-folded');
    expectOutputsAgree(run);
    expect(peakMb).toBeLessThan(MOST_MEMORY_MB);
  });

  it('has 1,000,000 error texts counted, and long ones cut', async ({ folder }) => {
    const what = `events.request.fire({ requestType: 'X', name: '/x', responseTime: 1,
      exception: id + (at === 0 ? 'é'.repeat(500_000) : ' is wrong') });`;

    const { run, peakMb } = await watchedRun(folder, MILLION(what), ['-u', '2', '-r', '100']);

    const { total, errors } = run.json;
    expect(total.failures).toBeGreaterThanOrEqual(1_000_000);
    expect(errors.length).toBeLessThanOrEqual(5001);
    expect(Math.max(...errors.map(({ error }) => error.length))).toBeLessThanOrEqual(512);
    expectOutputsAgree(run);
    expect(peakMb).toBeLessThan(MOST_MEMORY_MB);
    expectStatus(run, 1);
  });

  it('has exceptions with messages of 1 MB cut and counted', async ({ folder }) => {
    const loadfile = `
      import { StopUser, task, User } from 'katydid';
      let number = 0;
      export class Thrower extends User {
        @task fail() {
          number += 1;
          if (number > 1500) throw new StopUser();
          throw new TypeError(number + ' ' + 'é'.repeat(500_000));
        }
      }`;

    const { run, peakMb } = await watchedRun(folder, loadfile, ['-u', '2', '-r', '100']);

    const { exceptions } = run.json;
    const count = exceptions.reduce((sum, { occurrences }) => sum + occurrences, 0);
    expect(count).toBe(3000);
    expect(exceptions.length).toBeLessThanOrEqual(1001);
    expect(Math.max(...exceptions.map(({ message }) => message.length))).toBe(1000);
    expect(peakMb).toBeLessThan(MOST_MEMORY_MB);
    expectStatus(run, 1);
  });

  it('may print 100 MB: the log says how many lines it left out', async ({ folder }) => {
    const loadfile = `
      import { StopUser, task, User } from 'katydid';
      let printed = 0;
      export class Printer extends User {
        @task print() {
          for (let line = 0; line < 1000; line += 1) console.log('#'.repeat(100));
          process.stdout.write('~'.repeat(1_000_000));
          process.stderr.write('escape ${ESCAPES}\\n'.repeat(1000));
          printed += 1;
          if (printed >= 50) throw new StopUser();
        }
      }`;

    const { run, peakMb } = await watchedRun(folder, loadfile, ['-u', '2', '-r', '100']);

    expect(run.stderr).toMatch(/[\d,]+ lines were left out of the log/);
    expect(run.stderr.length).toBeLessThan(10_000_000);
    expect(run.stdout + run.stderr).not.toMatch(/[^\P{Cc}\n]|\u202e/u);
    expect(peakMb).toBeLessThan(MOST_MEMORY_MB);
    expectStatus(run, 0);
  });
});

describe('escape sequences of a load file', () => {
  it('steer no terminal: not in names, errors, exceptions, lines and messages, nor in files', async ({
    folder,
  }) => {
    const loadfile = `
      import { environment, events, StopUser, task, User } from 'katydid';
      const evil = '${ESCAPES}';
      console.log('loaded ' + evil);
      export class Evil extends User {
        @task be() {
          events.request.fire({ requestType: 'M' + evil, name: '=name' + evil, responseTime: 1, exception: new Error(evil) });
          console.error(evil);
          environment.runner.sendMessage('to' + evil, null);
          if (this.iteration >= 3) throw new StopUser();
          throw new Error('thrown ' + evil);
        }
      }`;

    const { run } = await watchedRun(folder, loadfile, ['-u', '2', '-r', '100']);

    expect(run.json.requests[0]?.name).toContain('\u001b[2J');
    const files = ['stats', 'stats_history', 'failures', 'exceptions'].map((name) =>
      folder.read(`out_${name}.csv`).replaceAll('\r\n', '\n'),
    );
    for (const text of [run.stdout, run.stderr, run.jsonText, ...files]) {
      expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    }
    expect(run.stdout + run.stderr + run.jsonText).not.toContain('\u202e');
    expectStatus(run, 1);
  });
});

/** Runs a load file to its end; `peakMb` is that of the largest process. */
async function watchedRun(
  folder: TempFolder,
  loadfile: string,
  args: readonly string[],
): Promise<{ run: FinishedRun; peakMb: number }> {
  using katydid = startRun(folder, { loadfile, args });
  const [peakMb, run] = await Promise.all([peakMemoryMb(katydid), finishRun(folder, katydid)]);
  return { run, peakMb };
}
