import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { KatydidProcess, runKatydid } from '../support/katydid-process.ts';
import { until } from '../support/until.ts';
import { truthTest as it } from './support/truth-test.ts';

const STEADY = `
  import { constantPacing, HttpUser, task } from 'katydid';
  export class Steady extends HttpUser {
    waitTime = constantPacing(0.1);
    @task ask() { return this.client.get('/slow/20'); }
  }`;

describe.concurrent('a master that other machines can reach', () => {
  it('has TLS, is steered by ctl with the token alone, and keeps the token to itself', async ({
    server,
    folder,
  }) => {
    folder.write('loadfile.ts', STEADY);
    const listening = ['--bind', '0.0.0.0', '--port', '0', '--token-file', 'token'];
    const load = ['-H', server.url, '-u', '3', '-r', '50', '-t', '10m', '--json', 'run.json'];
    const start = { cwd: folder.path };
    using master = new KatydidProcess(
      ['master', ...listening, ...load, '--out', 'run.katydid'],
      start,
    );
    const [, port = ''] = await master.said(/listening on 0\.0\.0\.0:(\d+)/);
    const [, sha256 = ''] = await master.said(/script SHA-256 ([\da-f]{64})/);
    const token = readFileSync(join(folder.path, 'token'), 'utf8').trim();
    const ctl = (...args: string[]) =>
      runKatydid(['ctl', '--master', `127.0.0.1:${port}`, ...args], start);
    const join_ = ['worker', `wss://127.0.0.1:${port}`];

    expect(token).toMatch(/^kd1\.[\w-]{43}\./);
    expect(statSync(join(folder.path, 'token')).mode & 0o777).toBe(0o600);
    const stranger = await ctl('stop');
    expect([stranger.status, stranger.stderr]).toEqual([
      5,
      expect.stringContaining('no join token'),
    ]);
    const wrong = await ctl('stop', '--token', 'kd1.notls.wrong-secret-wrong');
    expect(wrong.status).toBe(5);

    const choosy = [...join_, '--token-file', 'token', '--allow-script-sha256', '0'.repeat(64)];
    const refused = await runKatydid(choosy, start);
    expect([refused.status, refused.stderr]).toEqual([5, expect.stringContaining(sha256)]);

    using worker = new KatydidProcess(
      [...join_, '--token', token, '--allow-script-sha256', sha256],
      start,
    );
    await until('some requests', () => server.total() > 20);
    expect(readFileSync(`/proc/${worker.pid}/cmdline`, 'latin1')).not.toContain(token);

    const users = await ctl('users', '5', '--spawn-rate', '100', '--token-file', 'token');
    expect([users.status, users.stdout]).toEqual([0, expect.stringContaining('5')]);
    const five = async (): Promise<boolean> => {
      const status = await ctl('status', '--json', '--token-file', 'token');
      return JSON.parse(status.stdout).users.now === 5;
    };
    while (!(await five())) await until('more requests', () => true);
    expect((await ctl('reset', '--token-file', 'token')).status).toBe(0);
    const stopped = await ctl('stop', '--json', '--token-file', 'token');
    expect(JSON.parse(stopped.stdout)).toMatchObject({ ok: true });

    expect((await worker.exit).status).toBe(0);
    const ended = await master.exit;
    const summary = readFileSync(join(folder.path, 'run.json'), 'utf8');
    expect(JSON.parse(summary).run).toMatchObject({ stopReason: 'control', scriptSha256: sha256 });
    // A worker that may not run the script is no lost worker.
    expect(JSON.parse(summary).ledger.unknown).toBe(0);
    expect(
      JSON.parse(summary).workers.map((each: { status: string }) => each.status),
    ).not.toContain('lost');
    const secret = token.split('.')[2] ?? '';
    const runFile = readFileSync(join(folder.path, 'run.katydid'), 'latin1');
    for (const text of [ended.stderr, ended.stdout, summary, runFile]) {
      expect(text.includes(secret)).toBe(false);
    }
    const gone = await ctl('status');
    expect([gone.status, gone.stderr]).toEqual([5, expect.stringContaining('no master answers')]);
  });
});
