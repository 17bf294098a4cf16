import { once } from 'node:events';
import { Agent, createServer, type IncomingHttpHeaders, request } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { systemClock } from '../../../src/base/clock.ts';
import { ControlServer } from '../../../src/master/control-server.ts';
import { type Hub, type HubOptions, openHub } from '../../../src/master/door/hub.ts';
import { Fleet } from '../../../src/master/fleet/fleet.ts';
import { isLoopback } from '../../../src/protocol/channel/loopback.ts';
import type { Transport } from '../../../src/protocol/channel/transport.ts';
import {
  MAX_MESSAGE_BYTES,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  VERSION_HEADER,
} from '../../../src/protocol/channel/version.ts';
import { dialMaster } from '../../../src/protocol/join/dial-master.ts';
import {
  CHALLENGE_PATH,
  createNonce,
  NO_TLS_BINDING,
  NONCE_HEADER,
  PROOF_HEADER,
  proofKey,
  proofOf,
} from '../../../src/protocol/join/handshake.ts';
import { createToken } from '../../../src/protocol/join/token.ts';
import { HistoryBuffer } from '../../../src/stats/snapshot/history-buffer.ts';
import { connectMaster } from '../../../src/worker/link/connect-master.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { fleetConfig } from '../../support/fleet-config.ts';
import { NO_ROWS, snapshotOf, updateOf } from '../../support/snapshots.ts';

const token = createToken();
const closers: (() => unknown)[] = [];

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

interface OpenedHub {
  readonly hub: Hub;
  readonly refusals: string[];
  readonly workers: Transport[];
  readonly url: string;
}

async function open(options: Partial<HubOptions> = {}): Promise<OpenedHub> {
  const refusals: string[] = [];
  const workers: Transport[] = [];
  const hub = await openHub({
    bind: '127.0.0.1',
    port: 0,
    token,
    clock: systemClock,
    onWorker: (transport) => workers.push(transport),
    onControl: () => undefined,
    isHealthy: () => true,
    onRefused: (_peer, why) => refusals.push(why),
    ...options,
  });
  closers.push(() => hub.close());
  return { hub, refusals, workers, url: `ws://127.0.0.1:${hub.port}` };
}

/** What a request was answered. */
interface Answer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

const UPGRADE = {
  connection: 'Upgrade',
  upgrade: 'websocket',
  'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
  'sec-websocket-version': '13',
};
const VERSION = { [PROTOCOL_HEADER]: String(PROTOCOL_VERSION) };

/** Asks on the agent's one connection. */
function ask(
  { hub }: OpenedHub,
  agent: Agent,
  path: string,
  headers: Record<string, string>,
): Promise<Answer> {
  const asking = request({ agent, host: '127.0.0.1', port: hub.port, path, headers });
  const answer = new Promise<Answer>((resolve, reject) => {
    asking.once('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, body: '', headers: response.headers });
    });
    asking.once('response', (response) => {
      let body = '';
      response.on('data', (chunk: Buffer) => {
        body += chunk.toString();
      });
      response.once('end', () =>
        resolve({ status: response.statusCode ?? 0, body, headers: response.headers }),
      );
    });
    asking.once('error', reject);
  });
  asking.end();
  return answer;
}

function oneConnection(): Agent {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  closers.push(() => agent.destroy());
  return agent;
}

async function nonceOf(opened: OpenedHub, agent: Agent): Promise<string> {
  return JSON.parse((await ask(opened, agent, CHALLENGE_PATH, VERSION)).body).nonce;
}

function proofHeaders(path: string, masterNonce: string): Record<string, string> {
  const clientNonce = createNonce();
  const parts = { path, clientNonce, masterNonce, binding: NO_TLS_BINDING };
  const proof = proofOf(proofKey(token), 'client', parts);
  return { [NONCE_HEADER]: clientNonce, [PROOF_HEADER]: proof };
}

/** Does all that a worker does to come in, but for what `headers` say. */
async function knock(
  opened: OpenedHub,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const agent = oneConnection();
  const nonce = await nonceOf(opened, agent);
  const proof = proofHeaders(path, nonce);
  return ask(opened, agent, path, { ...UPGRADE, ...VERSION, ...proof, ...headers });
}

/** Comes without any proof. */
function knockUnproven(
  opened: OpenedHub,
  path: string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  return ask(opened, oneConnection(), path, { ...UPGRADE, ...VERSION, ...headers });
}

/** A raw connection, and what came on it until it was closed. */
function rawSocket(port: number): { socket: Socket; closed: Promise<string> } {
  const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true });
  closers.push(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  return { socket, closed: once(socket, 'end').then(() => text) };
}

function openClient(url: string): WebSocket {
  const client = new WebSocket(url);
  closers.push(() => client.terminate());
  client.on('error', () => undefined);
  return client;
}

describe('the hub’s gate', () => {
  it.each([
    ['no proof', '/worker', { [PROOF_HEADER]: '' }, 401, 'is wrong'],
    ['another proof', '/worker', { [PROOF_HEADER]: createNonce() }, 401, 'is wrong'],
    ['another proof', '/control', { [PROOF_HEADER]: createNonce() }, 401, 'is wrong'],
    ['another nonce', '/worker', { [NONCE_HEADER]: createNonce() }, 401, 'is wrong'],
    ['no nonce', '/worker', { [NONCE_HEADER]: 'x' }, 401, 'has no nonce'],
    ['another protocol', '/worker', { [PROTOCOL_HEADER]: '999' }, 426, 'protocol 999'],
    ['a web page', '/worker', { origin: 'http://evil.example' }, 403, 'web pages'],
    ['a web page', '/control', { origin: 'http://127.0.0.1' }, 403, 'web pages'],
    ['a rebound name', '/control', { host: 'evil.example:5557' }, 403, 'Host header'],
    ['a lookalike name', '/control', { host: '127.0.0.1.evil.example' }, 403, 'Host header'],
    ['an unknown path', '/workers', {}, 404, 'no such path'],
    ['a path that climbs', '/worker/../control', {}, 404, 'no such path'],
  ])('refuses %s at %s with %j: %i', async (_what, path, headers, status, message) => {
    const opened = await open();
    const answer = await knock(opened, path, headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ message: expect.stringContaining(message) });
    expect(opened.workers).toEqual([]);
    expect(opened.refusals).toHaveLength(1);
  });

  it('lets a worker in with proof and version, and control clients of this machine without', async () => {
    const opened = await open();
    expect((await knock(opened, '/worker')).status).toBe(101);
    expect((await knock(opened, '/control')).status).toBe(101);
    expect((await knockUnproven(opened, '/control?x=1')).status).toBe(101);
    expect((await knockUnproven(opened, '/control', { host: 'localhost' })).status).toBe(101);
    expect(opened.refusals).toEqual([]);
  });

  it('wants the proof of control clients where other machines can reach it', async () => {
    const opened = await open({ bind: '0.0.0.0' });
    expect((await knockUnproven(opened, '/control')).status).toBe(401);
    expect((await knock(opened, '/control', { host: 'master.example' })).status).toBe(101);
  });

  it('proves in its answer that it knows the secret too, with another proof than the client’s', async () => {
    const opened = await open();
    const agent = oneConnection();
    const masterNonce = await nonceOf(opened, agent);
    const proof = proofHeaders('/worker', masterNonce);
    const answer = await ask(opened, agent, '/worker', { ...UPGRADE, ...VERSION, ...proof });
    const parts = {
      path: '/worker',
      clientNonce: proof[NONCE_HEADER] ?? '',
      masterNonce,
      binding: NO_TLS_BINDING,
    };
    expect(answer.headers[PROOF_HEADER]).toBe(proofOf(proofKey(token), 'master', parts));
    expect(answer.headers[PROOF_HEADER]).not.toBe(proof[PROOF_HEADER]);
  });

  it('takes a nonce on its own connection only, for its own path only, and once', async () => {
    const opened = await open();
    const elsewhere = proofHeaders('/worker', await nonceOf(opened, oneConnection()));
    const unasked = await knockUnproven(opened, '/worker', elsewhere);
    expect([unasked.status, unasked.body]).toEqual([401, expect.stringContaining('no challenge')]);

    const agent = oneConnection();
    const forControl = proofHeaders('/control', await nonceOf(opened, agent));
    const headers = { ...UPGRADE, ...VERSION, ...forControl };
    expect((await ask(opened, agent, '/worker', headers)).status).toBe(401);
  });

  it('takes no nonce that is older than 10 s', async () => {
    const clock = new FakeClock();
    const opened = await open({ clock });
    const agent = oneConnection();
    const proof = proofHeaders('/worker', await nonceOf(opened, agent));
    clock.block(9000);
    const other = oneConnection();
    const fresh = proofHeaders('/worker', await nonceOf(opened, other));
    clock.block(1500);
    const headers = { ...UPGRADE, ...VERSION };
    expect((await ask(opened, other, '/worker', { ...headers, ...fresh })).status).toBe(101);
    expect((await ask(opened, agent, '/worker', { ...headers, ...proof })).status).toBe(401);
  });

  it('refuses another version before anything else, with both versions', async () => {
    const opened = await open();
    const other = { [PROTOCOL_HEADER]: '999', [VERSION_HEADER]: '9.9.9' };
    const answer = await ask(opened, oneConnection(), CHALLENGE_PATH, other);
    expect(answer.status).toBe(426);
    expect(answer.body).toContain('other end 9.9.9 (protocol 999)');
  });

  it('hands out no nonce to a web page, nor to a request with a body', async () => {
    const opened = await open();
    for (const headers of [{ origin: 'http://127.0.0.1' }, { 'content-length': '5' }]) {
      const answer = await ask(opened, oneConnection(), CHALLENGE_PATH, { ...VERSION, ...headers });
      expect(answer.body).not.toContain('nonce');
      expect([400, 403]).toContain(answer.status);
    }
  });

  it('tells of each address and reason once', async () => {
    const opened = await open();
    for (let attempt = 0; attempt < 5; attempt += 1) await knockUnproven(opened, '/worker');
    await knock(opened, '/nowhere');
    expect(opened.refusals).toEqual(['no join token was given', 'no such path']);
  });

  it('keeps what a stranger says of its version out of the log, but for harmless characters', async () => {
    const opened = await open();
    await knock(opened, '/worker', { [PROTOCOL_HEADER]: '<b>2</b> "x" '.repeat(20) });
    expect(opened.refusals[0]).toMatch(/^[\w .(),]+$/);
  });

  it('answers a browser in plain text and closes', async () => {
    const { hub } = await open();
    const answer = await fetch(`http://127.0.0.1:${hub.port}/`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toMatch(/^This is a katydid master/);
  });

  it('does not wait for a refused client that keeps its end open', async () => {
    const { hub } = await open();
    const { socket, closed } = rawSocket(hub.port);
    socket.write(
      'GET /worker HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
    );
    expect(await closed).toMatch(/^HTTP\/1\.1 426 /);
    // Resolves only when every socket is gone.
    await hub.close();
  });

  it.each([
    ['garbage', 'not HTTP at all\r\n\r\n', /400/],
    ['16 kB of headers', `GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(16_384)}\r\n\r\n`, /431/],
  ])('drops %s at once', async (_what, bytes, answer) => {
    const { hub } = await open();
    const { socket, closed } = rawSocket(hub.port);
    socket.write(bytes);
    expect(await closed).toMatch(answer);
  });

  it('drops a client that never ends its headers', async () => {
    const { hub } = await open();
    const { socket, closed } = rawSocket(hub.port);
    socket.write('GET /worker HTTP/1.1\r\nHost: 127.');
    expect(await closed).toMatch(/408/);
  });

  it('says whose fault it is that it cannot listen', async () => {
    const { hub } = await open();
    await expect(open({ port: hub.port })).rejects.toMatchObject({
      code: 'KAT_PORT',
      message: `port ${hub.port} on 127.0.0.1 is in use`,
      hint: expect.stringContaining('--port 0'),
    });
    await expect(open({ bind: '203.0.113.7' })).rejects.toMatchObject({ code: 'KAT_PORT' });
  });

  it.each([
    ['localhost', true],
    ['127.8.9.10', true],
    ['::1', true],
    ['127.0.0.1.evil.example', false],
    ['0.0.0.0', false],
    ['::', false],
    ['', false],
  ])('isLoopback(%j) is %s', (address, expected) => {
    expect(isLoopback(address)).toBe(expected);
  });
});

describe('a worker’s connection', () => {
  function openFleet(): { fleet: Fleet; broken: string[] } {
    const broken: string[] = [];
    const ignore = (): undefined => undefined;
    const fleet = new Fleet({
      clock: systemClock,
      config: fleetConfig(),
      script: { bytes: new Uint8Array(100), sha256: '' },
      lateAfterMs: 3000,
      lostAfterMs: 15_000,
      masterId: 'm1',
      listener: {
        onJoined: ignore,
        onMessage: ignore,
        onTally: () => undefined,
        onHolding: () => undefined,
        onInterval: ignore,
        onLate: ignore,
        onLost: ignore,
        onBlocked: ignore,
        onRefused: (_peer, why) => broken.push(why),
      },
    });
    return { fleet, broken };
  }

  const hello = (nodeId: string, more: object = {}): string =>
    JSON.stringify({ type: 'hello', nodeId, host: 'h', pid: 1, cores: 1, ...more });

  async function openClosed(
    send: (client: WebSocket) => void,
  ): Promise<{ broken: string[]; members: number; texts: string[] }> {
    const { fleet, broken } = openFleet();
    const { url } = await open({ onWorker: (transport) => fleet.accept(transport) });
    const client = await dialMaster({ url, token, path: '/worker', maxIncomingBytes: 1_000_000 });
    closers.push(() => client.terminate());
    const texts: string[] = [];
    client.on('message', (data, isBinary) => {
      if (!isBinary) texts.push(String(data));
    });
    const closed = once(client, 'close');
    client.resume();
    send(client);
    await closed;
    return { broken, members: fleet.members().length, texts };
  }

  it.each<[string, (client: WebSocket) => void, string]>([
    ['garbage', (client) => client.send('garbage'), 'is not JSON'],
    ['bytes', (client) => client.send(new Uint8Array(40)), 'before the hello'],
    [
      'a heartbeat',
      (client) => client.send('{"type":"heartbeat","seen":0,"blockedMs":0}'),
      'before the hello',
    ],
    [
      'a hello with a steering host',
      (client) => client.send(hello('abcdefgh', { host: '\u001b[2J' })),
      'host',
    ],
  ])('ends at %s in place of a hello', async (_what, send, why) => {
    const { broken, members } = await openClosed(send);
    expect(broken).toEqual([expect.stringContaining(why)]);
    expect(members).toBe(0);
  });

  it('ends at a second hello', async () => {
    const { broken } = await openClosed((client) => {
      client.send(hello('abcdefgh'));
      client.send(hello('abcdefgh'));
    });
    expect(broken).toEqual(['a second hello']);
  });

  it('ends at a message of more than 96 kB, which is never read', async () => {
    const { broken, members } = await openClosed((client) => {
      client.send('x'.repeat(MAX_MESSAGE_BYTES + 1));
    });
    expect([broken, members]).toEqual([[], 0]);
  });

  it('ends where no hello comes within 5 s', async () => {
    const { members } = await openClosed(() => undefined);
    expect(members).toBe(0);
  });

  it('is refused in words where it belongs to another run', async () => {
    const resume = { runId: 'another', epoch: 1, lastReceived: 0, masterId: 'm1' };
    const { texts, members } = await openClosed((client) => {
      client.send(hello('abcdefgh', { resume }));
    });
    expect(texts).toEqual([expect.stringContaining('"type":"refused"')]);
    expect(members).toBe(0);
  });
});

const NO_SECONDS = new HistoryBuffer().history();
const NO_HISTORY = { historyRows: () => NO_ROWS };

describe('the control server', () => {
  async function openControl(carryOut = (command: { type: string }) => `did ${command.type}`) {
    const control = new ControlServer({ ...NO_HISTORY, carryOut });
    const { url } = await open({ onControl: (transport) => control.accept(transport) });
    const client = openClient(`${url}/control`);
    const frames: { type: string; [key: string]: unknown }[] = [];
    client.on('message', (data) => frames.push(JSON.parse(String(data))));
    await once(client, 'open');
    return { control, client, frames };
  }

  it('answers each command by its number, and failures in words', async () => {
    const { client, frames } = await openControl((command) => {
      if (command.type === 'reset') throw new Error('no run is on');
      return `did ${command.type}`;
    });
    client.send(JSON.stringify({ id: 7, command: { type: 'stop' } }));
    client.send(JSON.stringify({ id: 8, command: { type: 'reset' } }));
    while (frames.length < 2) await once(client, 'message');
    expect(frames).toEqual([
      { type: 'result', id: 7, ok: true, message: 'did stop' },
      { type: 'result', id: 8, ok: false, message: 'no run is on' },
    ]);
  });

  it.each([
    ['no JSON', 'stop'],
    ['a command that it does not know', '{"id":1,"command":{"type":"rm"}}'],
    ['a rate of 0', '{"id":1,"command":{"type":"set-spawn-rate","spawnRate":0}}'],
    ['part of a user', '{"id":1,"command":{"type":"set-users","users":1.5}}'],
    ['too many users', '{"id":1,"command":{"type":"set-users","users":1000001}}'],
  ])('refuses %s and closes', async (_what, text) => {
    const { client, frames } = await openControl();
    const closed = once(client, 'close');
    client.send(text);
    await closed;
    expect(frames).toEqual([expect.objectContaining({ type: 'result', ok: false })]);
  });

  it('shows the newest snapshot to whoever attaches, and each further one', async () => {
    const control = new ControlServer({ ...NO_HISTORY, carryOut: () => '' });
    const { url } = await open({ onControl: (transport) => control.accept(transport) });
    control.snapshot(
      updateOf({ ...snapshotOf({ state: 'waiting' }), seq: 41, history: NO_SECONDS }),
    );
    const client = openClient(`${url}/control`);
    const [first] = await once(client, 'message');
    expect(JSON.parse(String(first))).toMatchObject({ type: 'snapshot', snapshot: { seq: 41 } });
    control.snapshot(updateOf({ ...snapshotOf(), seq: 42 }));
    const [second] = await once(client, 'message');
    expect(JSON.parse(String(second))).toMatchObject({ snapshot: { seq: 42 } });
    const closed = once(client, 'close');
    control.close();
    await closed;
  });

  it('lets a client that does not read skip snapshots, and drops one that only asks', () => {
    const control = new ControlServer({ ...NO_HISTORY, carryOut: () => 'done' });
    const sent: string[] = [];
    let ended = 0;
    let ask: (text: string) => void = () => undefined;
    const slow = {
      peer: 'slow',
      bufferedBytes: 2 * 1024 * 1024,
      open: (handler: { onText: (text: string) => void }) => {
        ask = handler.onText;
      },
      sendText: (text: string) => sent.push(text),
      sendBytes: () => undefined,
      close: () => undefined,
      terminate: () => {
        ended += 1;
      },
    };
    control.accept(slow);
    control.snapshot(updateOf(snapshotOf()));
    expect(sent).toEqual([]);
    ask('{"id":1,"command":{"type":"stop"}}');
    expect(sent).toHaveLength(1);
    slow.bufferedBytes = 9 * 1024 * 1024;
    ask('{"id":2,"command":{"type":"stop"}}');
    expect([sent.length, ended]).toEqual([1, 1]);
  });
});

describe('connectMaster', () => {
  it('opens a connection that carries both kinds of messages', async () => {
    const { url, workers } = await open();
    const transport = await connectMaster({ url, token });
    const [server] = workers;
    const heard = new Promise<string>((resolve) => {
      server?.open({
        onText: (text) => resolve(text),
        onBytes: () => undefined,
        onClose: () => undefined,
      });
    });
    const closed = new Promise<string>((resolve) => {
      transport.open({ onText: () => undefined, onBytes: () => undefined, onClose: resolve });
    });
    transport.sendText('hello');
    expect(await heard).toBe('hello');
    server?.close('the run is over');
    expect(await closed).toBe('the run is over');
  });

  it('says in the master’s own words that the token is wrong', async () => {
    const { url } = await open();
    await expect(connectMaster({ url, token: 'wrong' })).rejects.toMatchObject({
      code: 'KAT_REFUSED',
      message: expect.stringContaining('the join token is wrong'),
      hint: expect.stringContaining('--token'),
    });
  });

  it.each([
    ['another server', (text: string) => text],
    ['one that answers without end', (text: string) => text.repeat(2000)],
  ])('says that %s is no master', async (_what, bodyOf) => {
    const server = createServer((_request, response) => {
      response.end(bodyOf('<html>'));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    closers.push(
      () => server.closeAllConnections(),
      () => server.close(),
    );
    const { port } = server.address() as AddressInfo; // a TCP server that listens has one
    await expect(connectMaster({ url: `ws://127.0.0.1:${port}`, token })).rejects.toMatchObject({
      code: 'KAT_REFUSED',
      message: expect.stringContaining('no katydid master'),
    });
  });

  it('leaves it to the caller to try again where nobody listens', async () => {
    const { hub, url } = await open();
    await hub.close();
    const failure: unknown = await connectMaster({ url, token }).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'ECONNREFUSED' });
  });
});
