import { statSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { KatydidProcess, runKatydid } from '../support/katydid-process.ts';
import type { TempFolder } from '../support/temp-folder.ts';
import { expectTruth } from './support/expect-truth.ts';
import { Fleet } from './support/fleet.ts';
import { expectStatus, finishRun } from './support/katydid-run.ts';
import { truthTest as it, type TruthContext } from './support/truth-test.ts';
import { until } from './support/until.ts';

/** Asks two paths, ten times a second for ever. */
const STEADY = `
  import { constantPacing, HttpUser, task } from 'katydid';
  export const setup = async () => {
    await fetch(process.env.HOOKS + '/status/201', { method: 'POST' });
    return { from: 'setup', pid: process.pid };
  };
  export const teardown = async (data) => {
    await fetch(process.env.HOOKS + '/status/202?' + data.from, { method: 'POST' });
  };
  export class Steady extends HttpUser {
    waitTime = constantPacing(0.1);
    @task(2) slow() { return this.client.get('/slow/20'); }
    @task fast() { return this.client.get('/status/200'); }
  }`;

function steadyFleet({ server, folder }: TruthContext, args: readonly string[]): Fleet {
  const env = ['-e', `HOOKS=${server.url}`];
  return new Fleet(folder, { loadfile: STEADY, args: ['-H', server.url, ...env, ...args] });
}

/** Starts another master for the run. */
function resume(folder: TempFolder): KatydidProcess {
  return new KatydidProcess(
    ['master', '--resume', 'out.katydid', '--headless', '--progress', '0'],
    {
      cwd: folder.path,
    },
  );
}

async function further(server: TruthContext['server'], count: number): Promise<void> {
  const wanted = server.total() + count;
  await until(`${wanted} requests`, () => server.total() >= wanted);
}

/** What the script itself sent, which is in no ledger. */
function withoutHooks(server: TruthContext['server']): TruthContext['server'] {
  const counts = server.counts();
  const hooks = ['/status/201', '/status/202'];
  const rest = new Map([...counts].filter(([path]) => !hooks.includes(path)));
  const total = [...rest.values()].reduce((sum, { received }) => sum + received, 0);
  return { ...server, idle: () => server.idle(), counts: () => rest, total: () => total };
}

describe.concurrent('a master that is killed and started again', () => {
  it.for([
    ['during the ramp', 1000, ['-u', '20', '-r', '4', '-t', '12s']],
    ['on the plateau', 3000, ['-u', '10', '-r', '50', '-t', '10s']],
  ] as const)(
    '%s carries the run on, and loses nothing',
    async ([, afterMs, args], { server, folder }) => {
      using fleet = steadyFleet({ server, folder }, args);
      const workers = [await fleet.worker(), await fleet.worker()];
      await further(server, 20);
      await new Promise((done) => setTimeout(done, afterMs));

      fleet.master.signal('SIGKILL');
      await fleet.master.exit;
      const crashed = await runKatydid(['report', 'out.katydid', '--json', '-'], {
        cwd: folder.path,
      });
      expect(JSON.parse(crashed.stdout)).toMatchObject({ run: { stopReason: 'crashed' } });
      expect(statSync(folder.file('out.katydid.key')).mode & 0o777).toBe(0o600);
      await further(server, 20);
      using master = resume(folder);
      const run = await finishRun(folder, master);

      expect(
        (await Promise.all(workers.map((each) => each.exit))).map((end) => end.status),
      ).toEqual([0, 0]);
      await server.idle();
      await expectTruth(withoutHooks(server), run);
      expect(run.json.ledger.unknown).toBe(0);
      expect(run.json.run.stopReason).toBe('run-time');
      expect(run.json.timeline.at(-3)?.users).toBe(Number(args[1]));
      expect(Math.max(...run.json.timeline.map(({ users }) => users))).toBe(Number(args[1]));
      expect(run.json.workers.map(({ status }) => status)).toEqual(['finished', 'finished']);
      // Nobody began anew: not even where only a part of the users had started.
      expect(server.counts().get('/status/201')?.received).toBe(1);
      expect(server.counts().get('/status/202')?.received).toBe(1);
      expect(folder.has('out.katydid.key')).toBe(false);
      expectStatus(run, 0);
    },
  );

  it('while it stops ends the run as it was to end', async ({ server, folder }) => {
    using fleet = steadyFleet({ server, folder }, ['-u', '10', '-r', '50', '-t', '10m']);
    await fleet.worker();
    await fleet.worker();
    await further(server, 100);
    // A worker that does not answer keeps the stop from ending.
    const pid = Number((await fleet.master.said(/w2 connected from \S+ \(pid (\d+)\)/))[1]);
    process.kill(pid, 'SIGSTOP');
    fleet.master.signal('SIGINT');
    await fleet.master.said(/stopping \(signal\)/);
    await new Promise((done) => setTimeout(done, 1500));

    fleet.master.signal('SIGKILL');
    await fleet.master.exit;
    process.kill(pid, 'SIGCONT');
    using master = resume(folder);
    const run = await finishRun(folder, master);

    await expectTruth(withoutHooks(server), run);
    expect(run.json.ledger.unknown).toBe(0);
    expect(run.json.run.stopReason).toBe('signal');
    expectStatus(run, 0);
  });
});

describe.concurrent('a run that cannot be resumed', () => {
  it('is one that has ended, whose master lives, or whose key is not its own', async ({
    server,
    folder,
  }) => {
    using fleet = steadyFleet({ server, folder }, ['-u', '4', '-r', '50', '-t', '10m']);
    await fleet.worker();
    await fleet.worker();
    await further(server, 20);
    const tried = async (args: readonly string[] = []): Promise<string> => {
      const ended = await runKatydid(['master', '--resume', 'out.katydid', ...args], {
        cwd: folder.path,
      });
      expect([2, 5]).toContain(ended.status);
      return ended.stderr;
    };

    expect(await tried()).toMatch(/is being written by process \d+/);
    expect(await tried(['-u', '7'])).toContain('--users: not beside --resume');
    const key = folder.read('out.katydid.key');
    fleet.master.signal('SIGINT');
    const run = await finishRun(folder, fleet.master);
    expect(await tried()).toContain('the run has ended');
    await expectTruth(withoutHooks(server), run);

    await runKatydid(
      ['run', `${server.url}/status/200`, '-n', '1', '-u', '1', '-w', '1', '--out', 'o2.katydid'],
      { cwd: folder.path },
    );
    expect(folder.has('o2.katydid.key')).toBe(false);
    writeFileSync(folder.file('out.katydid.key'), key.slice(0, 100));
    expect(await tried()).toContain('the run has ended');
  });
});
