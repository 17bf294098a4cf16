import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { startTarget, type Target } from '../../../src/target/target-server.ts';
import { atEnd } from '../../support/at-end.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { until } from '../../support/until.ts';

const KATYDID = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));

describe('the target server', () => {
  let target: Target;

  beforeEach(async () => {
    target = await startTarget({ port: 0, host: '127.0.0.1', clock: systemClock });
  });
  afterEach(() => target.close());

  const get = (path: string, init: RequestInit = {}): Promise<Response> =>
    fetch(target.url + path, { redirect: 'manual', ...init });

  it('counts 300 concurrent requests exactly, by path and status', async () => {
    const paths = ['/hello?x=1', '/fail/50', '/delay/20', '/status/404', '/nowhere', '/hello'];

    const answers = await Promise.all(
      Array.from({ length: 300 }, (_, index) => get(paths[index % 6] ?? '/')),
    );
    await Promise.all(answers.map((answer) => answer.arrayBuffer()));

    const truth: unknown = await (await get('/__truth')).json();
    expect(truth).toStrictEqual({
      total: 300,
      paths: {
        '/hello': { requests: 100, statuses: { '200': 100 } },
        '/fail/50': { requests: 50, statuses: { '200': 25, '503': 25 } },
        '/delay/20': { requests: 50, statuses: { '200': 50 } },
        '/status/404': { requests: 50, statuses: { '404': 50 } },
        '/nowhere': { requests: 50, statuses: { '404': 50 } },
      },
    });
    expect(target.truth()).toStrictEqual(truth);
  });

  it('takes at least 0.1 s for /delay-job', async () => {
    const startedAt = performance.now();

    const answer = await get('/delay-job');

    expect(await answer.json()).toStrictEqual({ hello: 'world' });
    expect(performance.now() - startedAt).toBeGreaterThan(95);
  });

  it('echoes a body with its type, and refuses one above 10 MB', async () => {
    const headers = { 'content-type': 'text/x-test' };

    const echo = await get('/echo', { method: 'POST', body: 'grüße', headers });
    const tooLarge = await get('/echo', { method: 'POST', body: Buffer.alloc(10_000_001) });

    expect([await echo.text(), echo.headers.get('content-type')]).toEqual(['grüße', 'text/x-test']);
    expect(tooLarge.status).toBe(413);
  });

  it('leads along a chain of redirects', async () => {
    const answer = await get('/redirect/3', { redirect: 'follow' });

    expect(answer.url).toBe(`${target.url}/redirect/0`);
    expect(target.truth().total).toBe(4);
  });

  it('drops a connection without an answer, and counts the request', async () => {
    await expect(get('/drop')).rejects.toThrow('fetch failed');

    expect(target.truth().paths['/drop']).toStrictEqual({ requests: 1, statuses: {} });
  });

  it('counts a request that the client cut, without a status', async () => {
    const clock = new FakeClock();
    const own = await startTarget({ port: 0, host: '127.0.0.1', clock });
    atEnd(() => own.close());
    const socket = connect(own.port, '127.0.0.1');
    socket.write('GET /delay/30 HTTP/1.1\r\nHost: x\r\n\r\n');
    await until('the target waits with its answer', () => clock.pendingTimers === 1);
    socket.destroy();

    // Answers that came after the cut: the target has seen it before its time to answer is over.
    await (await fetch(`${own.url}/hello`)).text();
    await (await fetch(`${own.url}/hello`)).text();
    clock.advanceSync(30);
    await (await fetch(`${own.url}/hello`)).text();

    expect(own.truth().paths['/delay/30']).toStrictEqual({ requests: 1, statuses: {} });
  });

  it('is set to zero by POST /__truth/reset, and by no GET', async () => {
    await get('/hello');

    expect((await get('/__truth/reset')).status).toBe(405);
    expect(target.truth().total).toBe(1);
    await get('/__truth/reset', { method: 'POST' });

    expect(await (await get('/__truth')).json()).toStrictEqual({ total: 0, paths: {} });
  });

  it('closes while answers are under way', async () => {
    const pending = get('/delay/60000').catch(() => 'cut');
    await untilCounted(target, '/delay/60000');

    await target.close();

    expect(await pending).toBe('cut');
  });

  it('says that its port is taken', async () => {
    const again = startTarget({ port: target.port, host: '127.0.0.1', clock: systemClock });

    await expect(again).rejects.toMatchObject({
      code: 'KAT_PORT',
      message: `cannot listen on 127.0.0.1:${target.port}: the port is taken`,
    });
  });

  it('says that the address is another machine’s', async () => {
    const elsewhere = startTarget({ port: 0, host: '192.0.2.1', clock: systemClock });

    await expect(elsewhere).rejects.toMatchObject({
      code: 'KAT_PORT',
      message: 'cannot listen on 192.0.2.1:0: this machine does not have that address',
    });
  });
});

describe('katydid target', () => {
  let child: ChildProcess | undefined;

  afterEach(() => child?.kill('SIGKILL'));

  const start = async (...args: string[]): Promise<string> => {
    child = spawn(process.execPath, [KATYDID, 'target', ...args], { stdio: 'pipe' });
    const [first] = await once(child.stdout ?? child, 'data');
    return String(first);
  };

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'prints its URL and ends with 0 at %s',
    async (signal) => {
      const line = await start('--port', '0');
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
      expect((await fetch(`${url}/hello`)).status).toBe(200);

      child?.kill(signal);
      const [status] = await once(child ?? process, 'exit');

      expect(line.split('\n')).toHaveLength(2);
      expect(status).toBe(0);
    },
  );

  it('ends with 5 where the port is taken', async () => {
    const target = await startTarget({ port: 0, host: '127.0.0.1', clock: systemClock });
    child = spawn(process.execPath, [KATYDID, 'target', '--port', String(target.port)], {
      stdio: 'pipe',
    });
    let complaint = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      complaint += chunk.toString();
    });

    const [status] = await once(child, 'close');

    expect(status).toBe(5);
    expect(complaint).toContain(`cannot listen on 127.0.0.1:${target.port}: the port is taken`);
    await target.close();
  });
});

/** Resolves once the server has counted a request under that path. */
async function untilCounted(target: Target, path: string): Promise<void> {
  while (target.truth().paths[path] === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}
