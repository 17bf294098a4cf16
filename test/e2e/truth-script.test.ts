import { describe, expect } from 'vitest';
import { runKatydid } from '../support/katydid-process.ts';
import type { TruthServer } from '../support/truth-server.ts';
import { expectTruth } from './support/expect-truth.ts';
import { expectStatus, type FinishedRun, runToEnd } from './support/katydid-run.ts';
import { truthTest as it } from './support/truth-test.ts';

/** Each user asks five times for `path`. */
function fiveTimes(path: string): string {
  return `
    import { HttpUser, StopUser, task } from 'katydid';
    export class Five extends HttpUser {
      @task async ask() {
        await this.client.get('${path}');
        if (this.iteration === 4) throw new StopUser();
      }
    }`;
}

describe.concurrent('a task that throws', () => {
  it('is an exception with the file and line of its author in JSON and CSV, and exit 1', async ({
    server,
    folder,
  }) => {
    const loadfile = `import { HttpUser, StopUser, task } from 'katydid';
import { total } from './lib/prices.ts';
export class Thrower extends HttpUser {
  @task async buy() {
    await this.client.get('/ok');
    if (this.iteration === 2) throw new StopUser();
    total(undefined);
  }
}`;
    folder.write(
      'lib/prices.ts',
      `interface Prices { readonly list: readonly number[] }

export function total(prices: Prices | undefined): number {
  if (prices === undefined) throw new RangeError('no prices');
  return prices.list.length;
}`,
    );
    const args = ['-H', server.url, '-u', '4', '-r', '30', '-t', '60s'];

    const run = await runToEnd(folder, { loadfile, args });

    await expectTruth(server, run);
    expect(run.json.ledger).toMatchObject({ sent: 12, succeeded: 12 });
    expect(run.json.exceptions).toHaveLength(1);
    const [exception] = run.json.exceptions;
    expect(exception).toMatchObject({ occurrences: 8, workers: ['w1', 'w2'] });
    expect(exception?.message).toContain('no prices');
    expect(exception?.traceback).toMatch(/prices\.ts:4:/);
    expect(exception?.traceback).toMatch(/loadfile\.ts:7:/);
    expect(run.exceptions).toHaveLength(1);
    expect(run.exceptions[0]).toMatchObject({ Count: '8' });
    expect(run.exceptions[0]?.['Traceback']).toMatch(/prices\.ts:4:/);
    expectStatus(run, 1);
  });
});

describe.concurrent('--exit-code-on-error', () => {
  it.for([0, 7])('makes failed requests end with %d', async (status, { server, folder }) => {
    const args = ['-H', server.url, '-u', '2', '-r', '30', '--exit-code-on-error', String(status)];

    const run = await runToEnd(folder, { loadfile: fiveTimes('/status/500'), args });

    await expectTruth(server, run);
    expect(run.json.ledger).toMatchObject({ sent: 10, failed: 10 });
    expectStatus(run, status);
  });
});

describe.concurrent('--reset-stats', () => {
  it('starts the figures again once all users run, while ledger and timeline keep the ramp', async ({
    server,
    folder,
  }) => {
    const loadfile = `
      import { constant, HttpUser, task } from 'katydid';
      export class Steady extends HttpUser {
        waitTime = constant(0.05);
        @task ask() { return this.client.get('/ok'); }
      }`;
    const args = ['-H', server.url, '-u', '6', '-r', '6', '-t', '4s', '--reset-stats'];

    const run = await runToEnd(folder, { loadfile, args });

    await server.idle();
    const { ledger, total, timeline, run: facts } = run.json;
    expect(ledger.sent).toBe(server.total());
    expect(facts.measuredFromSecond).toBeGreaterThan(0);
    expect(sum(timeline.map(({ requests }) => requests))).toBe(ledger.succeeded + ledger.failed);
    const measured = timeline.filter(({ second }) => second >= facts.measuredFromSecond);
    expect(total.requests).toBe(sum(measured.map(({ requests }) => requests)));
    expect(total.requests).toBeLessThan(ledger.sent);
    expectStatus(run, 0);
  });
});

describe.concurrent('standard output', () => {
  it('has nothing but the JSON with --json -, whatever the script prints', async ({
    server,
    folder,
  }) => {
    folder.write(
      'loadfile.ts',
      `console.log('on load');\n${fiveTimes('/ok').replace('await this', "console.log('in a task'); console.error('to err'); await this")}`,
    );
    const args = ['run', '-w', '2', '--port', '0', '-H', server.url, '-u', '3', '--json', '-'];

    const ended = await runKatydid(args, { cwd: folder.path });

    const json: FinishedRun['json'] = JSON.parse(ended.stdout);
    expect(json.ledger).toMatchObject({ sent: 15, succeeded: 15 });
    expect(server.total()).toBe(15);
    expect(ended.stderr).toContain('on load');
    expect(ended.stderr).toMatch(/w[12]\W.*in a task/);
    expect(ended.stderr).toContain('to err');
  });

  it('has nothing but the summary without it', async ({ server, folder }) => {
    const loadfile = fiveTimes('/ok').replace('await this', "console.log('in a task'); await this");
    const args = ['-H', server.url, '-u', '3', '--progress', '1'];

    const run = await runToEnd(folder, { loadfile, args });

    await expectTruth(server, run);
    expect(run.stdout).toMatch(/^\nkatydid {2}loadfile\.ts/);
    expect(run.stdout).toContain('15 sent = 15 ok + 0 failed');
    expect(run.stdout).not.toContain('in a task');
    expect(run.stdout).not.toMatch(/ info | warn /);
    expect(run.stderr).toContain('in a task');
    expectStatus(run, 0);
  });
});

describe.concurrent('the seed', () => {
  it('makes the same random choices again, and another seed makes others', async ({
    server,
    folder,
  }) => {
    const loadfile = `
      import { HttpUser, StopUser, task } from 'katydid';
      class Chooser extends HttpUser {
        static abstract = true;
        onStart() { console.log(\`class \${this.constructor.name} is user \${this.index}\`); }
        async ask(path: string) {
          await this.client.get(path, { params: { r: Math.floor(this.random() * 5) } });
          await this.client.get(\`/status/20\${Math.floor(this.random() * 5)}\`);
          if (this.iteration === 19) throw new StopUser();
        }
        @task(3) often() { return this.ask('/ok'); }
        @task seldom() { return this.ask('/gzip'); }
      }
      export class A extends Chooser { static weight = 2; }
      export class B extends Chooser {}`;
    const args = ['-H', server.url, '-u', '8', '-r', '40'];

    const facts: unknown[] = [];
    for (const seed of ['7', '7', '8']) {
      const before = pathCounts(server);
      const run = await runToEnd(folder, { loadfile, args: [...args, '--seed', seed] });
      await server.idle();
      expect(run.json.run.seed).toBe(Number(seed));
      expect(run.json.ledger).toMatchObject({ sent: 320, succeeded: 320 });
      const lines = run.stderr.match(/\[w\d\] class [AB] is user \d/g) ?? [];
      facts.push({ plan: lines.toSorted(), counts: difference(pathCounts(server), before) });
      folder.removeFile('out.katydid');
    }

    expect(facts[1]).toEqual(facts[0]);
    expect(facts[2]).not.toEqual(facts[0]);
  });
});

describe.concurrent('options', () => {
  it('come from katydid.config.json and the environment, the command line before both', async ({
    server,
    folder,
  }) => {
    folder.write(
      'katydid.config.json',
      JSON.stringify({ users: 9, spawnRate: 50, runTime: '60s', host: 'http://wrong.invalid' }),
    );
    const env = { KATYDID_HOST: server.url, KATYDID_USERS: '5', KATYDID_SEED: '11' };
    const args = ['--seed', '12', '--label', 'build=42'];

    const run = await runToEnd(folder, { loadfile: fiveTimes('/ok'), args, env });

    await expectTruth(server, run);
    expect(run.json.run).toMatchObject({
      users: 5,
      spawnRate: 50,
      seed: 12,
      labels: { build: '42' },
    });
    expect(run.json.ledger.sent).toBe(25);
    expectStatus(run, 0);
  });
});

function pathCounts(truth: TruthServer): Record<string, number> {
  return Object.fromEntries([...truth.counts()].map(([path, { received }]) => [path, received]));
}

function difference(
  after: Record<string, number>,
  before: Record<string, number>,
): Record<string, number> {
  return Object.fromEntries(
    Object.entries(after).map(([path, count]) => [path, count - (before[path] ?? 0)]),
  );
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
