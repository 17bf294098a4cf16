import { describe, expect } from 'vitest';
import { WebSocket } from 'ws';
import { type KatydidProcess, runKatydid } from '../support/katydid-process.ts';
import { until } from '../support/until.ts';
import { expectTruth } from './support/expect-truth.ts';
import { Fleet, TOKEN } from './support/fleet.ts';
import { expectStatus, finishRun, runToEnd } from './support/katydid-run.ts';
import { truthTest as it, type TruthContext } from './support/truth-test.ts';

/** Asks ten times a second for ever. */
const STEADY = `
  import { constantPacing, HttpUser, task } from 'katydid';
  export class Steady extends HttpUser {
    waitTime = constantPacing(0.1);
    @task ask() { return this.client.get('/slow/20'); }
  }`;

/** Five iterations of users that need another file, JSON and an npm package. */
const IMPORTING = `
  import { HttpUser, StopUser, task } from 'katydid';
  import { join } from 'tiny-package';
  import { pathOf } from './lib/paths.ts';
  import settings from './settings.json';
  export class Importing extends HttpUser {
    @task async ask() {
      await this.client.get(pathOf(join(settings.parts)));
      if (this.iteration === 4) throw new StopUser();
    }
  }`;

/** Waits for so many further requests: ten users that ask ten times a second make 100 of them each second. */
async function furtherRequests(server: TruthContext['server'], count: number): Promise<void> {
  const wanted = server.total() + count;
  await until(`${wanted} requests`, () => server.total() >= wanted);
}

function writeImported(folder: TruthContext['folder']): void {
  folder.write('settings.json', JSON.stringify({ parts: ['status', '201'] }));
  folder.write(
    'lib/paths.ts',
    "export const pathOf = (name: string): string => ['', name].join('/');\n",
  );
  const packageJson = { name: 'tiny-package', version: '1.0.0', main: 'index.js' };
  folder.write('node_modules/tiny-package/package.json', JSON.stringify(packageJson));
  // CommonJS with a Node module, as many packages are.
  folder.write(
    'node_modules/tiny-package/index.js',
    "const { posix } = require('node:path');\nexports.join = (parts) => posix.join(...parts);\n",
  );
}

describe.concurrent('a master with two workers in empty folders', () => {
  it('runs a script that imports a file, JSON and a package, and counts exactly', async ({
    server,
    folder,
  }) => {
    writeImported(folder);
    const args = ['-H', server.url, '-u', '10', '-r', '50'];
    using fleet = new Fleet(folder, { loadfile: IMPORTING, args });
    const workers = [await fleet.worker(), await fleet.worker()];

    const run = await finishRun(folder, fleet.master);

    await expectTruth(server, run);
    expect(run.json.ledger).toMatchObject({ sent: 50, succeeded: 50 });
    expect(server.counts().get('/status/201')?.received).toBe(50);
    expect(run.json.workers.map(({ requests }) => requests)).toEqual([25, 25]);
    expectStatus(run, 0);
    const ends = await Promise.all(workers.map((worker) => worker.exit));
    expect(ends.map(({ status }) => status)).toEqual([0, 0]);
  });

  it('goes on when one is killed, moves its users, and bounds what is unknown', async ({
    server,
    folder,
  }) => {
    using fleet = new Fleet(folder, {
      loadfile: STEADY,
      args: ['-H', server.url, '-u', '10', '-r', '50', '-t', '10m'],
    });
    const [, second] = [await fleet.worker(), await fleet.worker()];
    await furtherRequests(server, 100);

    second.signal('SIGKILL');
    await fleet.master.said(/is lost/);
    await furtherRequests(server, 300);
    fleet.master.signal('SIGINT');
    const run = await finishRun(folder, fleet.master);

    await server.idle();
    const { ledger, verdict, workers, run: facts } = run.json;
    expect(workers.map(({ status }) => status).toSorted()).toEqual(['finished', 'lost']);
    expect(verdict.validity).not.toBe('valid');
    expect(facts.stopReason).toBe('signal');
    // What it had said it sent is counted; what it sent since then nobody can know.
    expect(ledger.sent).toBeLessThanOrEqual(server.total());
    expect(server.total() - ledger.sent).toBeLessThanOrEqual(5 * 10 * 2);
    expect(workers.find(({ status }) => status === 'finished')?.usersPeak).toBe(10);
    expectStatus(run, 0);
  });

  it('loses nothing when one gets SIGTERM: its users go to the other', async ({
    server,
    folder,
  }) => {
    using fleet = new Fleet(folder, {
      loadfile: STEADY,
      args: ['-H', server.url, '-u', '10', '-r', '50', '-t', '10m'],
    });
    const [, second] = [await fleet.worker(), await fleet.worker()];
    await furtherRequests(server, 100);

    second.signal('SIGTERM');
    expect((await second.exit).status).toBe(0);
    await furtherRequests(server, 300);
    fleet.master.signal('SIGINT');
    const run = await finishRun(folder, fleet.master);

    await expectTruth(server, run);
    expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0, failed: 0 });
    expect(Math.max(...run.json.workers.map(({ usersPeak }) => usersPeak))).toBe(10);
    expect(run.json.timeline.slice(-4).map(({ users }) => users)).toContain(10);
    expect(run.json.run.stopReason).toBe('signal');
    expectStatus(run, 0);
  });

  it('ends with 5 and whole outputs when all are killed', async ({ server, folder }) => {
    using fleet = new Fleet(folder, {
      loadfile: STEADY,
      args: ['-H', server.url, '-u', '4', '-r', '50', '-t', '10m', '--lost-after', '5'],
    });
    const workers = [await fleet.worker(), await fleet.worker()];
    await furtherRequests(server, 100);

    for (const worker of workers) worker.signal('SIGKILL');
    const run = await finishRun(folder, fleet.master);

    expect(run.status).toBe(5);
    expect(run.json.run.stopReason).toBe('lost-workers');
    expect(run.json.verdict.validity).not.toBe('valid');
    expect(run.json.workers.map(({ status }) => status)).toEqual(['lost', 'lost']);
    expect(run.json.ledger.sent).toBeGreaterThan(0);
    expect(run.json.ledger.sent).toBeLessThanOrEqual(server.total());
  });
});

describe.concurrent('katydid run', () => {
  it('goes on when one of its local workers is killed', async ({ server, folder }) => {
    folder.write('loadfile.ts', STEADY);
    const args = ['-H', server.url, '-u', '10', '-r', '50', '-t', '10m'];
    const killOne = async (katydid: KatydidProcess): Promise<void> => {
      const pid = (await katydid.said(/worker w2 connected from \S+ \(pid (\d+)\)/))[1];
      await furtherRequests(server, 100);
      process.kill(Number(pid), 'SIGKILL');
      await katydid.said(/is lost/);
      await furtherRequests(server, 300);
      katydid.signal('SIGINT');
    };

    const run = await runToEnd(folder, { loadfile: STEADY, args, meanwhile: killOne });

    expect(run.json.workers.map(({ status }) => status)).toEqual(['finished', 'lost']);
    expect(run.json.workers[0]?.usersPeak).toBe(10);
    expect(run.json.verdict.validity).not.toBe('valid');
    expect(server.total() - run.json.ledger.sent).toBeGreaterThanOrEqual(0);
    expect(server.total() - run.json.ledger.sent).toBeLessThanOrEqual(5 * 10 * 2);
    expect(run.json.run.stopReason).toBe('signal');
    expectStatus(run, 0);
  });
});

describe.concurrent('a worker that is not let in', () => {
  it('ends with 5 at once where its token is wrong, and the master says so once', async ({
    server,
    folder,
  }) => {
    using fleet = new Fleet(folder, {
      loadfile: STEADY,
      args: ['-H', server.url, '-u', '1', '--expect-workers-max-wait', '20'],
    });
    const wrong = ['--token', 'not-the-secret-at-all', '--join-timeout', '100'];

    const first = await (await fleet.worker(wrong)).exit;
    const second = await (await fleet.worker(wrong)).exit;
    fleet.master.signal('SIGTERM');
    const master = await fleet.master.exit;

    expect([first.status, second.status]).toEqual([5, 5]);
    expect(first.stderr).toMatch(/token is wrong/);
    expect(master.stderr.match(/refused 127\.0\.0\.1: the join token is wrong/g)).toHaveLength(1);
    expect(server.total()).toBe(0);
  });

  it('hears which versions do not fit where its protocol is another', async ({
    server,
    folder,
  }) => {
    using fleet = new Fleet(folder, { loadfile: STEADY, args: ['-H', server.url] });

    const answer = await joinWithProtocol(await fleet.address(), '9999');

    expect(answer).toMatch(/^426 .*protocol 9999/);
    await fleet.master.said(/refused .*protocol 9999/);
  });
});

describe.concurrent('a master', () => {
  it('gives up with 5 where too few workers come within --expect-workers-max-wait', async ({
    server,
    folder,
  }) => {
    using fleet = new Fleet(folder, {
      loadfile: STEADY,
      args: ['-H', server.url, '--expect-workers-max-wait', '3'],
    });
    await fleet.worker();

    const ended = await fleet.master.exit;

    expect(ended.status).toBe(5);
    expect(ended.stderr).toMatch(/[01] of 2 workers joined within 3 s/);
    expect(server.total()).toBe(0);
  });
});

describe.concurrent('a worker whose master never comes', () => {
  it('ends with 5 after --join-timeout', async ({ folder }) => {
    const args = ['worker', 'ws://127.0.0.1:9', '--token', TOKEN, '--join-timeout', '1'];

    const ended = await runKatydid(args, { cwd: folder.path });

    expect(ended.status).toBe(5);
    expect(ended.stderr).toContain('127.0.0.1:9');
  });
});

/** Asks to join like a worker of another version. @returns Status and body of the refusal. */
function joinWithProtocol(address: string, protocol: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://${address}/worker`, {
      headers: {
        'x-katydid-protocol': protocol,
        'x-katydid-version': '99.0.0',
      },
    });
    socket.once('open', () => reject(new TypeError('was let in')));
    socket.on('error', reject);
    socket.once('unexpected-response', (_request, response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text;
      });
      response.once('end', () => resolve(`${response.statusCode} ${body}`));
    });
  });
}
