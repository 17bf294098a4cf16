import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TempFolder } from '../../support/temp-folder.ts';
import { startTruthServer, type TruthServer } from '../../support/truth-server.ts';

const KATYDID = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

let folder: TempFolder;
let server: TruthServer;

beforeAll(async () => {
  server = await startTruthServer();
});
afterAll(() => server.close());
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.remove());

/** Runs `katydid run` in the scratch folder, with nothing of our environment but PATH. */
function run(...args: readonly string[]): Promise<Ended> {
  const { PATH = '' } = process.env;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [KATYDID, 'run', ...args],
      { cwd: folder.path, env: { PATH } },
      (_, out, err) => resolve({ status: child.exitCode ?? -1, out, err }),
    );
  });
}

/** How often the server was asked for each path since `before`. */
function askedSince(before: ReadonlyMap<string, number>): Record<string, number> {
  const asked = [...received()].map(([path, count]): [string, number] => [
    path,
    count - (before.get(path) ?? 0),
  ]);
  return Object.fromEntries(asked.filter(([, count]) => count > 0));
}

function received(): ReadonlyMap<string, number> {
  return new Map([...server.counts()].map(([path, counts]) => [path, counts.received]));
}

const SHOP = `
import { HttpUser, TaskSet, between, task } from 'katydid';
export class Shopper extends HttpUser {
  waitTime = between(50, 60);
  async onStart() {
    await this.client.post('/echo?access_token=t0ken', {
      json: { password: 'pa55', user: 'u' },
      headers: { Authorization: 'Bearer b3arer', 'X-API-Key': 'k3y', Cookie: 'sid=c00kie' },
    });
  }
  @task(5) async front() { console.log('in front'); await this.client.get('/ok'); }
  @task static Forum = class Forum extends TaskSet {
    @task async read() { await this.client.get('/redirect/1'); }
    @task leave() { this.interrupt(); }
    @task async cookie() { await this.client.get('/cookie'); }
  };
  async onStop() { await this.client.get('/status/204'); }
}
export class Visitor extends HttpUser {
  static fixedCount = 7;
  @task async look() { await this.client.get('/gzip'); }
}
`;

describe('katydid run --once', () => {
  it('runs one user of each class, each task once, and exits with 0', async () => {
    const before = received();

    const { status, out, err } = await run(
      folder.write('shop.ts', SHOP),
      '--once',
      '-H',
      server.url,
    );

    expect(askedSince(before)).toEqual({
      ...{ '/echo': 1, '/ok': 1, '/redirect/1': 1, '/redirect/0': 1, '/cookie': 1 },
      ...{ '/status/204': 1, '/gzip': 1 },
    });
    expect([status, out]).toEqual([0, '6 requests, 0 failed, 0 exceptions\n']);
    const lines = err.split('\n').map((line) => line.replace(/ in [\d.]+ .*/, ''));
    expect(lines.filter((line) => !line.includes(' info '))).toEqual([
      'Shopper.onStart',
      `POST ${server.url}/echo?access_token=*** -> 200`,
      'Shopper.front',
      `GET ${server.url}/ok -> 200`,
      'Shopper.Forum.read',
      `GET ${server.url}/redirect/1 -> 302`,
      `GET ${server.url}/redirect/0 -> 200`,
      'Shopper.Forum.leave',
      'Shopper.Forum.cookie',
      `GET ${server.url}/cookie -> 200`,
      'Shopper.onStop',
      `GET ${server.url}/status/204 -> 204`,
      'Visitor.look',
      `GET ${server.url}/gzip -> 200`,
      '',
    ]);
    expect(err).toContain(' info in front\n');
    expect(existsSync(join(folder.path, 'runs'))).toBe(false);
  });

  it('shows headers and bodies with --trace=body, and no secret', async () => {
    const args = ['--once', '--trace=body', '-H', server.url];

    const { status, err } = await run(folder.write('shop.ts', SHOP), 'Shopper', ...args);

    expect(status).toBe(0);
    expect(err).toContain('  > Authorization: Bearer ***\n');
    expect(err).toContain('  > X-API-Key: ***\n');
    expect(err).toContain('  > Cookie: sid=***\n');
    expect(err).toContain('  > {"password":"***","user":"u"}\n');
    expect(err).toContain('  < set-cookie: visits=***; Path=/\n');
    expect(err).toMatch(/ {2}time {3}connect .*, send .*, first byte .*, receive /);
    expect(err).not.toMatch(/t0ken|pa55|b3arer|k3y|c00kie/);
  });

  it('exits with 1 where a request or a task failed, after running the rest', async () => {
    const before = received();
    const path = folder.write(
      'fail.ts',
      `import { HttpUser, task } from 'katydid';
      export class Shopper extends HttpUser {
        @task async broken() { await this.client.get('/status/503'); }
        @task async checked() { await this.client.get('/ok', { check: () => 'not what I wanted' }); }
        @task boom() { throw new Error('boom'); }
        @task async last() { await this.client.get('/ok'); }
      }`,
    );

    const { status, out, err } = await run(path, '--once', '-H', server.url);

    expect([status, out]).toEqual([1, '3 requests, 2 failed, 1 exception\n']);
    expect(askedSince(before)).toEqual({ '/status/503': 1, '/ok': 2 });
    expect(err).toContain('  failed: GET /status/503: HTTP 503\n');
    expect(err).toContain('  failed: GET /ok: check: not what I wanted\n');
    expect(err).toMatch(/exception in Shopper\.boom: Error: boom\n.*fail\.ts:5:\d+/);
  });

  it('keeps a run file and makes the views that are asked for', async () => {
    const path = folder.write('shop.ts', SHOP);
    const files = ['--out', 'once.katydid', '--json', 'once.json', '--csv', 'once'];

    const { status, out } = await run(path, '--once', '-H', server.url, '--seed', '7', ...files);

    expect(status).toBe(0);
    expect(out).toContain('once.katydid');
    const summary: unknown = JSON.parse(readFileSync(join(folder.path, 'once.json'), 'utf8'));
    expect(summary).toMatchObject({
      schema: 'katydid.summary/1',
      run: { users: 1, workers: 1, seed: 7, stopReason: 'users-done', loadfile: 'shop.ts' },
      ledger: { sent: 7, succeeded: 6, failed: 0, redirected: 1, abandoned: 0, unknown: 0 },
    });
    expect(existsSync(join(folder.path, 'once_stats.csv'))).toBe(true);
    expect(existsSync(join(folder.path, 'once.katydid'))).toBe(true);
  });

  it('is master and worker in one: setup, teardown, messages, requests of other protocols', async () => {
    const path = folder.write(
      'own.ts',
      `import { environment, events, task, User } from 'katydid';
      const log = (text: string) => console.log(environment.role + ': ' + text);
      export async function setup() { log('setup'); return { port: 7 }; }
      export function teardown(data: unknown) { log('teardown ' + JSON.stringify(data)); }
      environment.runner.registerMessage('hello', ({ data, from }) => log(data + ' from ' + from));
      events.request.addListener(({ name }) => log('heard of ' + name));
      export class Line extends User {
        @task async list() {
          log('port ' + JSON.stringify(this.environment.data));
          await events.request.measure('TCP', 'list?token=t0ken', async () => 'ok');
          environment.runner.sendMessage('hello', 'message');
        }
        @task async broken() {
          await events.request.measure('TCP', 'broken', async () => { throw new Error('no line'); });
        }
        @task async stray() { void Promise.reject(new Error('lost')); await new Promise(setImmediate); }
      }`,
    );

    const { status, out, err } = await run(path, '--once');

    expect([status, out]).toEqual([1, '2 requests, 1 failed, 1 exception\n']);
    const lines = err.split('\n').map((line) => line.replace(/^\S+ info | in [\d.]+ .?s$/g, ''));
    expect(lines.filter((line) => !/^ +(at|exception)/.test(line))).toEqual([
      'master: setup',
      'Line.list',
      'worker: port {"port":7}',
      'TCP list?token=*** -> ok',
      'worker: heard of list?token=t0ken',
      'worker: message from w1',
      'Line.broken',
      'TCP broken -> no line',
      '  failed: TCP broken: no line',
      'worker: heard of broken',
      'Line.stray',
      'master: teardown {"port":7}',
      '',
    ]);
    expect(err).toContain('  exception: Error: lost');
  });

  it('stops at the first Ctrl-C, runs onStop and no further class', async () => {
    const path = folder.write(
      'slow.ts',
      `import { HttpUser, task } from 'katydid';
      export class A extends HttpUser {
        @task async slow() { await this.client.get('/slow/100'); process.kill(process.pid, 'SIGINT'); await new Promise((go) => setTimeout(go, 200)); }
        @task async never() { await this.client.get('/ok'); }
        async onStop() { await this.client.get('/status/204'); }
      }
      export class B extends HttpUser { @task async never() { await this.client.get('/ok'); } }`,
    );
    const before = received();

    const { status, err } = await run(path, '--once', '-H', server.url);

    expect([status, askedSince(before)]).toEqual([0, { '/slow/100': 1, '/status/204': 1 }]);
    expect(err).toContain('stopping: interrupted\n');
  });

  it('exits with 2 where setup fails, before any request', async () => {
    const path = folder.write(
      'setup.ts',
      `import { HttpUser, task } from 'katydid';
      export function setup() { throw new Error('no database'); }
      export class A extends HttpUser { @task async go() { await this.client.get('/ok'); } }`,
    );
    const before = received();

    const { status, err } = await run(path, '--once', '-H', server.url);

    expect([status, askedSince(before)]).toEqual([2, {}]);
    expect(err).toContain('no database');
    expect(err).toContain('setup.ts:2:');
  });

  it('asks for each target once where there is no load file', async () => {
    const before = received();
    folder.write('urls.txt', `GET ${server.url}/ok\nPOST ${server.url}/echo\n`);

    const { status, err } = await run('--targets', 'urls.txt', '--once', '--trace', '-d', 'hello');

    expect([status, askedSince(before)]).toEqual([0, { '/ok': 1, '/echo': 1 }]);
    expect(err).toContain('  > content-length: 5\n');
  });

  it('exits with 2 where the load file does not load, and asks for nothing', async () => {
    const path = folder.write('broken.ts', 'export class X extends {');

    const { status, err } = await run(path, '--once', '-H', server.url);

    expect(status).toBe(2);
    expect(err).toContain('broken.ts:1:');
  });

  it('exits with 2 where no host is known', async () => {
    const { status, err } = await run(folder.write('shop.ts', SHOP), '--once');

    expect(status).toBe(2);
    expect(err).toContain('no host is known for Shopper, Visitor');
  });
});
