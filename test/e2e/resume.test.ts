import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { describe, expect } from 'vitest';
import { KatydidProcess, runKatydid } from '../support/katydid-process.ts';
import type { TempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { expectTruth } from './support/expect-truth.ts';
import { Fleet } from './support/fleet.ts';
import { ALL_OUTPUTS, expectStatus, finishRun } from './support/katydid-run.ts';
import { truthTest as it, type TruthContext } from './support/truth-test.ts';

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

/** Timestamps of the history so far. */
function historySeconds(folder: TempFolder): readonly number[] {
  const [, ...rows] = folder.read('out_stats_history.csv').trimEnd().split('\r\n');
  return rows.map((row) => Number(row.split(',')[0]));
}

describe.concurrent('a master with TLS whose load was changed', () => {
  it('goes on with that load, its certificate, statistics and history', async ({
    server,
    folder,
  }) => {
    folder.write('loadfile.ts', STEADY);
    const load = ['-H', server.url, '-e', `HOOKS=${server.url}`, '-u', '4', '-r', '20'];
    const place = ['--bind', '0.0.0.0', '--port', '0', '--token-file', 'token'];
    using first = new KatydidProcess(['master', 'loadfile.ts', ...place, ...load, ...ALL_OUTPUTS], {
      cwd: folder.path,
    });
    const port = (await first.said(/listening on 0\.0\.0\.0:(\d+)/))[1] ?? '';
    const joining = [`wss://127.0.0.1:${port}`, '--token-file', folder.file('token')];
    using worker = new KatydidProcess(['worker', ...joining], { cwd: folder.folder('worker') });
    const ctl = async (...words: readonly string[]): Promise<void> => {
      const [url = '', ...token] = joining;
      const ended = await runKatydid(['ctl', '--master', url, ...token, ...words], {
        cwd: folder.path,
      });
      expect(ended).toMatchObject({ status: 0 });
    };
    await further(server, 60);
    await ctl('users', '9');
    await ctl('reset');
    await further(server, 200);
    const token = folder.read('token');
    expect(token).toMatch(/^kd1\./);

    first.signal('SIGKILL');
    await first.exit;
    using second = resume(folder);
    await second.said(/w1 is back with 9 users/);
    await further(server, 300);
    const seconds = historySeconds(folder);
    await ctl('stop');
    const run = await finishRun(folder, second);

    expect((await worker.exit).status).toBe(0);
    // Names start again with the reset; the ledger is of the whole run.
    await server.idle();
    expect(run.json.ledger.sent).toBe(withoutHooks(server).total());
    expect(run.json.run).toMatchObject({ stopReason: 'control' });
    expect(run.json.run.measuredFromSecond).toBeGreaterThan(0);
    expect(run.json.ledger.unknown).toBe(0);
    expect(run.json.timeline.at(-4)?.users).toBe(9);
    expect(seconds.length).toBeGreaterThan(3);
    expect(seconds).toEqual(seconds.map((_, index) => (seconds[0] ?? 0) + index));
    expect(historySeconds(folder).slice(0, seconds.length)).toEqual(seconds);
    expect(folder.read('token')).toBe(token);
    for (const secret of [token.trim(), 'PRIVATE KEY']) {
      expect(readFileSync(folder.file('out.katydid')).includes(secret)).toBe(false);
    }
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
