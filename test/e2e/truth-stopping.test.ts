import { describe, expect } from 'vitest';
import type { KatydidProcess } from '../support/katydid-process.ts';
import { until } from '../support/until.ts';
import { expectTruth } from './support/expect-truth.ts';
import { expectStatus, finishRun, runToEnd, startRun } from './support/katydid-run.ts';
import { truthTest as it, type TruthContext } from './support/truth-test.ts';

/** Users that ask for one slow answer after the other, and say when they stop. */
function slowUsers(delayMs: number): string {
  return `
    import { HttpUser, task } from 'katydid';
    export class Slow extends HttpUser {
      async onStop() { await this.client.get('/ok', { name: '/ok' }); }
      @task slow() { return this.client.get('/slow/${delayMs}'); }
    }`;
}

/** Starts six users and waits until each of them waits for its first answer. */
async function startSlowRun(
  { server, folder }: TruthContext,
  delayMs: number,
  args: readonly string[],
): Promise<KatydidProcess> {
  const katydid = startRun(folder, {
    loadfile: slowUsers(delayMs),
    args: ['-H', server.url, '-u', '6', '-r', '60', ...args],
  });
  await until('six slow requests', () => server.counts().get(`/slow/${delayMs}`)?.received === 6);
  return katydid;
}

describe.concurrent('the first Ctrl-C', () => {
  it('lets running iterations finish within --stop-timeout, and nothing is lost', async ({
    server,
    folder,
  }) => {
    using katydid = await startSlowRun({ server, folder }, 2000, ['--stop-timeout', '30']);

    katydid.signal('SIGINT');
    const run = await finishRun(folder, katydid);

    await expectTruth(server, run);
    expect(run.json.ledger).toMatchObject({ sent: 12, succeeded: 12, abandoned: 0, unknown: 0 });
    expect(server.counts().get('/ok')?.received).toBe(6);
    expect(run.json.run.stopReason).toBe('signal');
    expectStatus(run, 0);
  });

  it.for([0, 1])(
    'with --stop-timeout %d cuts what takes longer, and counts it as abandoned',
    async (seconds, { server, folder }) => {
      using katydid = await startSlowRun({ server, folder }, 60_000, [
        '--stop-timeout',
        String(seconds),
      ]);

      katydid.signal('SIGINT');
      const run = await finishRun(folder, katydid);

      await expectTruth(server, run);
      const slow = run.json.requests.find(({ name }) => name.startsWith('/slow'));
      expect(slow).toMatchObject({ requests: 0, failures: 0, abandoned: 6 });
      expect(run.json.run.stopReason).toBe('signal');
      expectStatus(run, 0);
    },
  );
});

describe.concurrent('SIGTERM', () => {
  it('stops gracefully like Ctrl-C', async ({ server, folder }) => {
    using katydid = await startSlowRun({ server, folder }, 1000, []);

    katydid.signal('SIGTERM');
    const run = await finishRun(folder, katydid);

    await expectTruth(server, run);
    expect(run.json.ledger).toMatchObject({ abandoned: 0, failed: 0, unknown: 0 });
    expect(run.json.run.stopReason).toBe('signal');
    expectStatus(run, 0);
  });

  it.for(['SIGINT', 'SIGTERM'] as const)(
    'and a second signal, here %s, ends with 130 and whole outputs',
    async (signal, { server, folder }) => {
      using katydid = await startSlowRun({ server, folder }, 60_000, ['--stop-timeout', '100']);

      katydid.signal('SIGTERM');
      await katydid.said(/stopping \(signal\)/);
      katydid.signal(signal);
      const run = await finishRun(folder, katydid);

      await expectTruth(server, run);
      expect(run.json.ledger).toMatchObject({ abandoned: 6, unknown: 0 });
      expect(run.status).toBe(130);
      expect(run.stdout).toContain('130');
    },
  );
});

describe.concurrent('a run', () => {
  it('ends once all users have stopped themselves, long before the run time', async ({
    server,
    folder,
  }) => {
    const loadfile = `
      import { HttpUser, StopUser, task } from 'katydid';
      export class Once extends HttpUser {
        @task async once() {
          await this.client.get('/ok');
          throw new StopUser();
        }
      }`;
    const args = ['-H', server.url, '-u', '9', '-r', '30', '-t', '10m'];

    const run = await runToEnd(folder, { loadfile, args });

    await expectTruth(server, run);
    expect(run.json.ledger).toMatchObject({ sent: 9, succeeded: 9 });
    expect(run.json.run.stopReason).toBe('users-done');
    expect(run.json.exceptions).toEqual([]);
    expectStatus(run, 0);
  });

  it('ends on time although one task blocks for 3 s and another never awaits, and says which worker blocks', async ({
    server,
    folder,
  }) => {
    const loadfile = `
      import { HttpUser, StopUser, task, User } from 'katydid';
      export class Blocker extends HttpUser {
        static fixedCount = 1;
        @task async block() {
          await this.client.get('/ok');
          const end = performance.now() + 3000;
          while (performance.now() < end);
          throw new StopUser();
        }
      }
      export class Spinner extends User {
        @task async spin() {}
      }`;
    const args = ['-H', server.url, '-u', '3', '-r', '30', '-t', '5s'];

    const run = await runToEnd(folder, { loadfile, args });

    await expectTruth(server, run);
    expect(run.json.run.stopReason).toBe('run-time');
    expect(run.json.ledger).toMatchObject({ sent: 1, unknown: 0 });
    expect(run.json.workers.map(({ status }) => status)).toEqual(['finished', 'finished']);
    expect(run.stderr).toMatch(/warn .*(block|await)/i);
  });
});
