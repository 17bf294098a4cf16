import { once } from 'node:events';
import { createSecureServer } from 'node:http2';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { Clock } from '../../../src/base/clock.ts';
import { systemClock } from '../../../src/base/clock.ts';
import { CombinedEngine } from '../../../src/http/combined-engine.ts';
import { engineParts } from '../../../src/http/connection/engine-parts.ts';
import { NameCache } from '../../../src/http/connection/name-cache.ts';
import { SocketBudget } from '../../../src/http/connection/socket-budget.ts';
import { SocketOpener } from '../../../src/http/connection/socket-opener.ts';
import type { HttpEngine } from '../../../src/http/exchange/engine.ts';
import { HttpSession } from '../../../src/http/http-session.ts';
import { rawEngine } from '../../../src/http/raw/raw-engine.ts';
import { undiciEngine } from '../../../src/http/undici/undici-engine.ts';
import type { HttpOptions } from '../../../src/http/user/http-options.ts';
import { settingsOf } from '../../../src/http/user/http-settings.ts';
import { ENGINES, openBench } from '../../support/http-engines.ts';
import { RecordingSink } from '../../support/recording-sink.ts';
import { TempFolder } from '../../support/temp-folder.ts';
import { TEST_CERT, TEST_KEY } from '../../support/tls-fixture.ts';
import { answerText } from '../../support/wire-server.ts';

const WITH_AUTO: readonly (readonly [string, (clock: Clock) => HttpEngine])[] = [
  ...ENGINES,
  ['auto', (clock) => new CombinedEngine(rawEngine(clock), undiciEngine(clock))],
];

interface Listening extends AsyncDisposable {
  readonly port: number;
  readonly sockets: Socket[];
}

/** A server of any kind that is closed, connections and all, at the end of the test. */
async function listening(
  server: Pick<Server, 'on' | 'listen' | 'close' | 'address' | 'once'>,
  where: { readonly host?: string; readonly port?: number; readonly path?: string } = {
    host: '127.0.0.1',
    port: 0,
  },
): Promise<Listening> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((resolve) => server.listen(where, resolve));
  const address = server.address() as AddressInfo | string | null;
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** Answers every request with the first line it came with. */
function echo(socket: Socket): void {
  socket.on('error', () => undefined);
  socket.on('data', (chunk) => socket.write(answerText(200, String(chunk).split('\r\n')[0])));
}

function user(engine: HttpEngine, baseUrl: string, options: HttpOptions = {}) {
  const sink = new RecordingSink();
  return { sink, client: new HttpSession({ sink, engine, clock: systemClock, baseUrl, options }) };
}

describe.each(ENGINES)('where connections go (%s)', (_engine, makeEngine) => {
  it('reaches an address of IPv6', async () => {
    await using server = await listening(createServer(echo), { host: '::1', port: 0 });
    const { client } = user(makeEngine(systemClock), `http://[::1]:${server.port}`);

    const answer = await client.get('/six');

    expect(answer.text()).toBe('GET /six HTTP/1.1');
    client.dispose();
  });

  it('tries the next address of a name where the first refuses', async () => {
    // localhost has both addresses; only one of them is listened on, and the other refuses.
    await using server = await listening(createServer(echo), { host: '127.0.0.1', port: 0 });
    const { client } = user(makeEngine(systemClock), `http://localhost:${server.port}`);

    const answer = await client.get('/');

    expect([answer.error, answer.status]).toEqual([undefined, 200]);
    client.dispose();
  });

  it('connects elsewhere by connectTo, and asks for the host of the URL there', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));
    const { port } = new URL(bench.baseUrl);
    const { client } = user(makeEngine(systemClock), 'http://shop.invalid', {
      connectTo: [`other.invalid:80:127.0.0.1:1`, `shop.invalid:80:127.0.0.1:${port}`],
    });

    const answer = await client.get('/');

    expect(answer.ok).toBe(true);
    expect(bench.server.requests[0]?.headers.get('host')).toBe('shop.invalid');
    client.dispose();
  });

  it('connects from each of 2 local addresses in turn', async () => {
    await using server = await listening(createServer(echo));
    const engine = makeEngine(systemClock);
    const options = { localAddress: ['127.0.0.2', '127.0.0.3'] };
    const users = [0, 1, 2].map(
      () => user(engine, `http://127.0.0.1:${server.port}`, options).client,
    );

    for (const client of users) await client.get('/');

    const from = server.sockets.map((socket) => socket.remoteAddress);
    expect(from).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.2']);
    for (const client of users) client.dispose();
  });

  it('connects to a Unix socket', async () => {
    using folder = new TempFolder();
    const path = folder.file('s');
    await using _server = await listening(createServer(echo), { path });
    const { client } = user(makeEngine(systemClock), 'http://any.invalid', { unixSocket: path });

    const answer = await client.get('/unix');

    expect(answer.text()).toBe('GET /unix HTTP/1.1');
    client.dispose();
  });
});

describe('names', () => {
  it.each([
    ['run', 1],
    ['user', 2],
  ] as const)('are looked up once for each %s', async (dns, lookups) => {
    await using server = await listening(createServer(echo));
    const asked: string[] = [];
    const looksUp = (): NameCache =>
      new NameCache((name, _options, callback) => {
        asked.push(name);
        callback(null, [{ address: '127.0.0.1', family: 4 }]);
      });
    const parts = {
      ...engineParts(systemClock, new SocketBudget()),
      names: looksUp(),
      newNames: looksUp,
    };
    const { connection } = settingsOf({ dns });
    const users = [new SocketOpener(parts, connection), new SocketOpener(parts, connection)];

    for (const opener of [...users, ...users]) {
      const socket = opener.open(
        { host: 'shop.invalid', port: server.port, isSecure: false, authority: '' },
        { onread: undefined, session: undefined, protocols: [] },
      );
      await once(socket, 'connect');
      socket.destroy();
    }

    expect(asked).toHaveLength(lookups);
    expect(server.sockets).toHaveLength(4);
  });
});

describe.each(ENGINES)('connections over TLS (%s)', (_engine, makeEngine) => {
  it('resumes the session of the connection before, and names the host it wants', async () => {
    const reused: boolean[] = [];
    const names: (string | boolean | null)[] = [];
    const tls = createTlsServer({ key: TEST_KEY, cert: TEST_CERT }, (socket) => {
      reused.push(socket.isSessionReused());
      names.push(socket.servername);
      echo(socket);
    });
    await using server = await listening(tls);
    const { client } = user(makeEngine(systemClock), 'https://shop.invalid', {
      connectTo: `shop.invalid:443:127.0.0.1:${server.port}`,
      insecure: true,
      keepAlive: false,
    });

    for (let index = 0; index < 3; index++) expect((await client.get('/')).error).toBeUndefined();

    expect(reused).toEqual([false, true, true]);
    expect(names).toEqual(['shop.invalid', 'shop.invalid', 'shop.invalid']);
    client.dispose();
  });

  it('offers HTTP/1.1 and nothing else', async () => {
    const offered: string[][] = [];
    const choose = ({ protocols }: { readonly protocols: string[] }): string | undefined => {
      offered.push(protocols);
      return protocols[0];
    };
    const options = { key: TEST_KEY, cert: TEST_CERT, ['ALPNCallback']: choose };
    const tls = createTlsServer(options, echo);
    await using server = await listening(tls);
    const baseUrl = `https://127.0.0.1:${server.port}`;
    const { client } = user(makeEngine(systemClock), baseUrl, { insecure: true });

    expect((await client.get('/')).error).toBeUndefined();

    expect(offered).toEqual([['http/1.1']]);
    client.dispose();
  });

  it('shows its own certificate where it has one', async () => {
    const tls = createTlsServer(
      { key: TEST_KEY, cert: TEST_CERT, requestCert: true, rejectUnauthorized: false },
      (socket) => {
        socket.on('data', () =>
          socket.write(answerText(200, String(socket.getPeerCertificate().subject !== undefined))),
        );
        socket.on('error', () => undefined);
      },
    );
    await using server = await listening(tls);
    const engine = makeEngine(systemClock);
    const baseUrl = `https://127.0.0.1:${server.port}`;
    const named = user(engine, baseUrl, { insecure: true, cert: TEST_CERT, key: TEST_KEY }).client;
    const nameless = user(engine, baseUrl, { insecure: true }).client;

    expect((await named.get('/')).text()).toBe('true');
    expect((await nameless.get('/')).text()).toBe('false');
    named.dispose();
    nameless.dispose();
  });

  it('names a client certificate that is none', async () => {
    const { client, sink } = user(makeEngine(systemClock), 'https://127.0.0.1:1', {
      cert: 'no PEM',
      key: 'none',
    });

    const answer = await client.get('/');

    expect(answer.error).toMatch(/^TLS: /);
    expect(sink.ledger()).toMatchObject({ sent: 0, failed: 1, notSent: 1 });
    client.dispose();
  });
});

describe.each(ENGINES)('idle connections (%s)', (_engine, makeEngine) => {
  const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

  it('replaces one that was idle for longer than keepAliveIdle', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200), { keepAliveIdle: 0.05 });

    await bench.client.get('/');
    await pause(200);
    const answer = await bench.client.get('/');

    expect(answer.ok).toBe(true);
    expect(bench.server.sockets).toHaveLength(2);
  });

  it('takes the time that the server says for its own', async () => {
    const says = (seconds: number) =>
      answerText(200, '', [`keep-alive: timeout=${seconds}, max=9`]);
    await using bench = await openBench(makeEngine, ({ path }) => says(path === '/long' ? 9 : 0), {
      keepAliveIdle: 0.01,
    });

    await bench.client.get('/long');
    await pause(100);
    await bench.client.get('/none');
    await bench.client.get('/none');

    expect(bench.server.requests.map((request) => request.connection)).toEqual([0, 0, 1]);
  });

  it('notices that the server closed one, and opens the next without a failure', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));

    await bench.client.get('/');
    bench.server.sockets[0]?.end();
    await pause(100);
    const answer = await bench.client.get('/');

    expect(answer.ok).toBe(true);
    expect(bench.sink.ledger()).toMatchObject({ sent: 2, succeeded: 2 });
  });

  it('does not take bytes that nobody asked for as the next answer', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'asked'));

    await bench.client.get('/');
    bench.server.sockets[0]?.write(answerText(200, 'forged'));
    await pause(100);
    const answer = await bench.client.get('/');

    expect(answer.text()).toBe('asked');
    expect(bench.server.sockets).toHaveLength(2);
  });
});

/** A proxy that forwards absolute URLs and opens tunnels, both to one port, where the password is right. */
function proxyTo(port: number, seen: string[]): Server {
  return createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', (chunk) => {
      const text = String(chunk);
      seen.push(text.split('\r\n')[0] ?? '');
      if (!text.includes(`proxy-authorization: Basic ${btoa('me:p w')}`)) {
        socket.end(answerText(407));
        return;
      }
      const onward = connect(port, '127.0.0.1');
      onward.on('error', () => undefined);
      if (text.startsWith('CONNECT')) socket.write('HTTP/1.1 200 Established\r\n\r\n');
      else onward.write(chunk);
      socket.pipe(onward).pipe(socket);
    });
  });
}

describe.each(WITH_AUTO.filter(([name]) => name !== 'raw'))(
  'proxies (%s)',
  (_engine, makeEngine) => {
    it('asks a proxy for the whole URL of http:, and says who asks', async () => {
      await using bench = await openBench(makeEngine, ({ path }) => answerText(200, path));
      const seen: string[] = [];
      await using proxy = await listening(proxyTo(Number(new URL(bench.baseUrl).port), seen));
      const { client, sink } = user(makeEngine(systemClock), 'http://shop.invalid', {
        proxy: `http://me:p%20w@127.0.0.1:${proxy.port}`,
      });

      const answers = [await client.get('/a?b=1'), await client.get('/a?b=1')];

      expect(answers.map((answer) => answer.text())).toEqual([
        'http://shop.invalid/a?b=1',
        'http://shop.invalid/a?b=1',
      ]);
      expect(seen).toEqual(['GET http://shop.invalid/a?b=1 HTTP/1.1']);
      expect(sink.requests.map((request) => request.name)).toEqual(['/a?b=1', '/a?b=1']);
      client.dispose();
    });

    it('opens a tunnel for https:', async () => {
      await using bench = await openBench(makeEngine, ({ path }) => answerText(200, path), {
        tls: true,
      });
      const seen: string[] = [];
      await using proxy = await listening(proxyTo(Number(new URL(bench.baseUrl).port), seen));
      const { client } = user(makeEngine(systemClock), 'https://shop.invalid', {
        proxy: `http://me:p%20w@127.0.0.1:${proxy.port}`,
        insecure: true,
      });

      const answer = await client.get('/a');

      expect([answer.error, answer.text()]).toEqual([undefined, '/a']);
      expect(seen).toEqual(['CONNECT shop.invalid:443 HTTP/1.1']);
      client.dispose();
    });

    it('names the refusal of a tunnel, and counts it as notSent', async () => {
      await using proxy = await listening(proxyTo(1, []));
      const { client, sink } = user(makeEngine(systemClock), 'https://shop.invalid', {
        proxy: `http://127.0.0.1:${proxy.port}`,
      });

      const answer = await client.get('/');

      expect(answer.error).toBe('proxy: HTTP 407');
      expect(sink.ledger()).toMatchObject({ sent: 0, failed: 1, notSent: 1 });
      client.dispose();
    });

    it('goes round the proxy to hosts that are excepted', async () => {
      await using bench = await openBench(makeEngine, () => answerText(200));
      const { client } = user(makeEngine(systemClock), bench.baseUrl, {
        proxy: { http: 'http://127.0.0.1:1', except: ['example.org', '127.0.0.1'] },
      });

      expect((await client.get('/')).ok).toBe(true);
      client.dispose();
    });
  },
);

describe.each(WITH_AUTO.filter(([name]) => name !== 'raw'))(
  'HTTP/2 (%s)',
  (_engine, makeEngine) => {
    it('uses it where the server offers it, on 1 connection for requests after each other', async () => {
      const versions: string[] = [];
      const server = createSecureServer(
        { key: TEST_KEY, cert: TEST_CERT, allowHTTP1: true },
        (request, response) => {
          versions.push(request.httpVersion);
          response.setHeader('x-path', request.url);
          response.end('two');
        },
      );
      await using at = await listening(server);
      const { client, sink } = user(makeEngine(systemClock), `https://127.0.0.1:${at.port}`, {
        http2: true,
        insecure: true,
      });

      const answers = [await client.get('/a'), await client.post('/b', { json: { a: 1 } })];

      expect(answers.map((answer) => [answer.error, answer.text()])).toEqual([
        [undefined, 'two'],
        [undefined, 'two'],
      ]);
      expect(answers[1]?.headers.get('x-path')).toBe('/b');
      expect(versions).toEqual(['2.0', '2.0']);
      expect(at.sockets).toHaveLength(1);
      expect(sink.ledger()).toMatchObject({ sent: 2, succeeded: 2, failed: 0 });
      expect(sink.last().ttfbUs).toBeGreaterThanOrEqual(0);
      client.dispose();
    });

    it('takes HTTP/1.1 where that is all there is', async () => {
      await using bench = await openBench(makeEngine, () => answerText(200), { tls: true });
      const { client } = user(makeEngine(systemClock), bench.baseUrl, {
        http2: true,
        insecure: true,
      });

      expect((await client.get('/')).ok).toBe(true);
      client.dispose();
    });
  },
);
