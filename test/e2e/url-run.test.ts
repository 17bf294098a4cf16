import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SummaryJson } from '../../src/report/summary-json.ts';
import { KatydidProcess } from '../support/katydid-process.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { startTruthServer, type TruthServer } from '../support/truth-server.ts';
import type { EndedProcess } from '../support/watched-process.ts';

let folder: TempFolder;
let server: TruthServer;

beforeEach(async () => {
  folder = new TempFolder();
  server = await startTruthServer();
});
afterEach(async () => {
  folder.remove();
  await server.close();
});

/** Runs katydid to its end in the scratch folder. */
async function katydid(...args: readonly string[]): Promise<EndedProcess> {
  using run = new KatydidProcess(args, { cwd: folder.path });
  return await run.exit;
}

/** Requests that the server has received, by path. */
function received(): Record<string, number> {
  return Object.fromEntries([...server.counts()].map(([path, counts]) => [path, counts.received]));
}

function summary(): SummaryJson {
  // The test's own expectations say whether it is one.
  return JSON.parse(readFileSync(join(folder.path, 'summary.json'), 'utf8')) as SummaryJson;
}

const OUTPUT = ['--headless', '--progress', '0', '--json', 'summary.json', '-r', '200'];

describe('katydid run URL', () => {
  it('makes exactly -n requests with 3 workers and 7 users, and says why it ended', async () => {
    const { status } = await katydid(
      'run',
      `${server.url}/ok`,
      '-n',
      '1003',
      '-u',
      '7',
      '-w',
      '3',
      ...OUTPUT,
    );

    expect([status, received()]).toEqual([0, { '/ok': 1003 }]);
    expect(summary()).toMatchObject({
      run: { stopReason: 'iterations', users: 7, loadfile: `${server.url}/ok` },
      ledger: { sent: 1003, succeeded: 1003, failed: 0, abandoned: 0, unknown: 0 },
    });
  });

  it('fails answers whose body is over --max-body, and sends them all the same', async () => {
    const big = ['-X', 'POST', '-d', 'x'.repeat(3000), '--max-body', '2kB'];

    const { status } = await katydid('run', `${server.url}/echo`, '-n', '4', ...big, ...OUTPUT);

    expect([status, received()]).toEqual([1, { '/echo': 4 }]);
    expect(summary()).toMatchObject({
      ledger: { sent: 4, succeeded: 0, failed: 4, notSent: 0 },
      errors: [{ error: 'body over 2 kB', occurrences: 4 }],
    });
  });

  it('has no more users than requests to make', async () => {
    const { status } = await katydid(
      'run',
      `${server.url}/ok`,
      '-n',
      '3',
      '-u',
      '10',
      '-w',
      '2',
      ...OUTPUT,
    );

    expect([status, received(), summary().run.users]).toEqual([0, { '/ok': 3 }, 3]);
  });

  it('sends method, headers and body, and keeps none of them', async () => {
    folder.write('body.json', '{"secret":"in-body"}');
    const args = ['-X', 'PUT', '--header', 'Content-Type: text/hunter2', '-d', '@body.json'];

    const { status } = await katydid(
      ...[
        'run',
        `${server.url}/echo`,
        '-n',
        '4',
        '-w',
        '1',
        '--out',
        'run.katydid',
        ...args,
        ...OUTPUT,
      ],
    );

    expect([status, received()]).toEqual([0, { '/echo': 4 }]);
    expect(summary().requests).toMatchObject([{ method: 'PUT', name: '/echo', requests: 4 }]);
    const kept = readFileSync(join(folder.path, 'run.katydid'), 'latin1');
    expect(kept).toContain('@body.json');
    expect(kept).not.toMatch(/hunter2|in-body/);
  });

  it('goes round the targets of a file, evenly over the users', async () => {
    folder.write(
      'urls.txt',
      `# three\nGET ${server.url}/ok\nPOST ${server.url}/echo\n${server.url}/gzip\n`,
    );

    const { status } = await katydid(
      'run',
      '--targets',
      'urls.txt',
      '-n',
      '30',
      '-u',
      '3',
      '-w',
      '2',
      ...OUTPUT,
    );

    expect([status, received()]).toEqual([0, { '/ok': 10, '/echo': 10, '/gzip': 10 }]);
    expect(summary().run.loadfile).toBe('urls.txt');
  });

  it('counts failed requests too, and exits with 1', async () => {
    const { status } = await katydid(
      'run',
      `${server.url}/status/503`,
      '-n',
      '10',
      '-u',
      '2',
      '-w',
      '1',
      ...OUTPUT,
    );

    expect([status, received()]).toEqual([1, { '/status/503': 10 }]);
    expect(summary()).toMatchObject({ run: { stopReason: 'iterations' }, ledger: { failed: 10 } });
  });
});

const LOADFILE = `
import { HttpUser, task } from 'katydid';
export class Steady extends HttpUser {
  @task async ok() { await this.client.get('/slow/20'); }
}
export class Broken extends HttpUser {
  @task async ok() { await this.client.get('/ok'); throw new Error('boom'); }
}
`;

describe('-n with a load file', () => {
  it('counts iterations of all classes together, those that throw too', async () => {
    folder.write('loadfile.ts', LOADFILE);

    const { status } = await katydid(
      'run',
      '-H',
      server.url,
      '-n',
      '50',
      '-u',
      '4',
      '-w',
      '2',
      ...OUTPUT,
    );

    expect([status, server.total(), summary().run.stopReason]).toEqual([1, 50, 'iterations']);
  });

  it('is exact where a worker leaves and its users move to another', async () => {
    folder.write('loadfile.ts', LOADFILE);
    const bind = ['--bind', '127.0.0.1', '--port', '0', '--token-file', 'token'];
    using master = new KatydidProcess(
      [
        'master',
        'loadfile.ts',
        'Steady',
        '--expect-workers',
        '2',
        '-H',
        server.url,
        ...bind,
      ].concat(['-n', '400', '-u', '8', ...OUTPUT]),
      { cwd: folder.path },
    );
    const [, port] = await master.said(/listening on 127\.0\.0\.1:(\d+)/);
    const joining = ['worker', `ws://127.0.0.1:${port}`, '--token-file', 'token'];
    using first = new KatydidProcess(joining, { cwd: folder.path });
    using second = new KatydidProcess(joining, { cwd: folder.path });
    await master.said(/spawning 8 users/);
    while (server.total() < 80) await sleep(10);

    first.signal('SIGTERM');
    const ended = await master.exit;

    expect([ended.status, (await first.exit).status, (await second.exit).status]).toEqual([
      0, 0, 0,
    ]);
    expect(received()).toEqual({ '/slow/20': 400 });
    expect(ended.stderr).toContain('its users go to the others');
    expect(summary()).toMatchObject({
      run: { stopReason: 'iterations' },
      ledger: { sent: 400, succeeded: 400, unknown: 0 },
    });
  });
});

describe('katydid plan --list', () => {
  it('prints the classes and tasks that names and tags leave, as text or JSON', async () => {
    folder.write('loadfile.ts', LOADFILE);

    const text = await katydid('plan', 'Broken', '--list');
    const json = await katydid('plan', '-f', 'loadfile.ts', '--list', '--json');

    expect([text.status, text.stdout.split('\n')[0]]).toEqual([
      0,
      'loadfile.ts: 1 user class, tags: none',
    ]);
    expect(JSON.parse(json.stdout)).toMatchObject({
      schema: 'katydid.list/1',
      classes: [{ name: 'Broken' }, { name: 'Steady' }],
    });
  });
});
