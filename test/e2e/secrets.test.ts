import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:tls';
import { describe, expect } from 'vitest';
import { createCertificate } from '../../src/protocol/join/certificate.ts';
import { createToken } from '../../src/protocol/join/token.ts';
import { KatydidProcess, runKatydid } from '../support/katydid-process.ts';
import { Fleet, TOKEN } from './support/fleet.ts';
import { finishRun, startRun } from './support/katydid-run.ts';
import { truthTest as it } from './support/truth-test.ts';

/** Says by a status whether the script, and a process that it starts, can see the token. */
const CURIOUS = `
  import { execFileSync } from 'node:child_process';
  import { HttpUser, StopUser, task } from 'katydid';
  export class Curious extends HttpUser {
    @task async ask() {
      const seen = execFileSync('env', { encoding: 'utf8' }) + JSON.stringify(process.env);
      await this.client.get(seen.includes('KATYDID_TOKEN') ? '/status/500' : '/status/201');
      throw new StopUser();
    }
  }`;

describe.concurrent('the join token', () => {
  it('given in the environment is seen by no script and no process of one', async ({
    server,
    folder,
  }) => {
    using fleet = new Fleet(folder, {
      loadfile: CURIOUS,
      args: ['-H', server.url, '-u', '4', '-r', '50'],
    });
    const url = `ws://${await fleet.address()}`;
    const env = { KATYDID_TOKEN: TOKEN };
    const start = (name: string): KatydidProcess =>
      new KatydidProcess(['worker', url], { cwd: folder.folder(name), env });
    using _one = start('one');
    using _two = start('two');

    const run = await finishRun(folder, fleet.master);

    expect([...server.counts().keys()]).toEqual(['/status/201']);
    expect(run.json.ledger).toMatchObject({ sent: 4, succeeded: 4 });
    const everything = run.jsonText + run.stderr + folder.read('out.katydid');
    expect(everything).not.toContain(TOKEN);
    expect(run.stderr).toMatch(/katydid worker ws:\S+ {2}# with the same KATYDID_TOKEN as here/);
  });

  it('given by --token is out of the process list before anything else is done', async ({
    folder,
  }) => {
    using worker = new KatydidProcess(
      ['worker', 'ws://127.0.0.1:9', '--join-timeout', '1', '--token', TOKEN],
      { cwd: folder.path },
    );

    await worker.said(/no master yet/);
    expect(readFileSync(`/proc/${worker.pid}/cmdline`, 'latin1')).not.toContain(TOKEN);
    await worker.exit;
  });

  it('is not told where it is the wrong one', async ({ folder }) => {
    const short = await runKatydid(['worker', 'ws://127.0.0.1:9', '--token', 'short-secret'], {
      cwd: folder.path,
    });
    expect(short.status).toBe(2);
    expect(short.stderr + short.stdout).not.toContain('short-secret');
  });
});

describe.concurrent('the password of a URL', () => {
  const VISITOR = `
    import { HttpUser, StopUser, task } from 'katydid';
    export class Visitor extends HttpUser {
      @task async visit() {
        const other = this.host.replace('ada:pa55', 'bob:pa55');
        await this.client.get('/ok');
        await this.client.fetch(other + '/ok');
        await this.client.get('http://bob:pa55@a:99999/');
        throw new Error('no way to ' + other);
      }
    }`;

  it('is sent, and is in no output, no log and no run file', async ({ server, folder }) => {
    const host = server.url.replace('http://', 'http://ada:pa55@');

    const katydid = startRun(folder, {
      loadfile: VISITOR,
      args: ['-H', host, '-u', '2', '-r', '50', '-n', '2'],
    });
    const run = await finishRun(folder, katydid);

    expect(run.json.run.host).toBe(server.url);
    expect(run.json.requests.map(({ name }) => name).sort()).toEqual([
      '/ok',
      `${server.url}/ok`,
      'http://a:99999/',
    ]);
    expect(run.json.exceptions.map(({ message }) => message)).toEqual([`no way to ${server.url}`]);
    const written = ['out.katydid', 'out_stats.csv', 'out_failures.csv', 'out_exceptions.csv'];
    const everything = written.map((file) => folder.read(file)).join('');
    expect(everything + run.jsonText + run.stdout + run.stderr).not.toContain('pa55');
  });

  it('is shown by no trial, no plan and no refusal', async ({ folder }) => {
    folder.write('loadfile.ts', VISITOR);
    const trial = ['run', 'loadfile.ts', '--once', '--trace', '-H', 'http://ada:pa55@127.0.0.1:9'];
    const list = ['plan', 'loadfile.ts', '--list', '-H', 'http://ada:pa55@127.0.0.1:9'];
    const plan = ['plan', 'loadfile.ts', '--json', '-H', 'http://ada:pa55@127.0.0.1:9'];
    const wrong = ['run', 'loadfile.ts', '-H', 'ada:pa55@127.0.0.1:9'];

    for (const args of [trial, list, plan, wrong]) {
      const ended = await runKatydid(args, { cwd: folder.path });
      expect(ended.stdout + ended.stderr).toMatch(/127\.0\.0\.1:9|"schema"/);
      expect(ended.stdout + ended.stderr).not.toContain('pa55');
    }
  });
});

describe.concurrent('a worker that meets a false master', () => {
  it('says so and ends with 5 at once: another certificate than the token says', async ({
    folder,
    onTestFinished,
  }) => {
    const { keyPem: key, certificatePem: cert } = createCertificate();
    let heard = 0;
    const server = createServer({ key, cert }, (socket) => {
      socket.on('error', () => undefined);
      socket.on('data', ({ length }: Buffer) => {
        heard += length;
      });
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    onTestFinished(() => void server.close());
    const { port } = server.address() as AddressInfo; // a TCP server that listens has one
    const token = createToken(createCertificate().hash);

    const ended = await runKatydid(['worker', `wss://127.0.0.1:${port}`], {
      cwd: folder.path,
      env: { KATYDID_TOKEN: token },
    });

    expect(ended.status).toBe(5);
    expect(ended.stderr).toMatch(/another certificate than the join token says/);
    expect(ended.stderr).not.toContain(token);
    expect(heard).toBe(0);
  });
});
