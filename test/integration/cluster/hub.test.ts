import { once } from 'node:events';
import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { isLoopback } from '../../../src/protocol/channel/loopback.ts';
import {
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  VERSION_HEADER,
} from '../../../src/protocol/channel/version.ts';
import {
  CHALLENGE_PATH,
  createNonce,
  NO_TLS_BINDING,
  NONCE_HEADER,
  PROOF_HEADER,
  proofKey,
  proofOf,
} from '../../../src/protocol/join/handshake.ts';
import { atEnd } from '../../support/at-end.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { HUB_TOKEN, type OpenedHub, openedHub } from '../../support/opened-hub.ts';

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
  atEnd(() => agent.destroy());
  return agent;
}

async function nonceOf(opened: OpenedHub, agent: Agent): Promise<string> {
  return JSON.parse((await ask(opened, agent, CHALLENGE_PATH, VERSION)).body).nonce;
}

function proofHeaders(path: string, masterNonce: string): Record<string, string> {
  const clientNonce = createNonce();
  const parts = { path, clientNonce, masterNonce, binding: NO_TLS_BINDING };
  const proof = proofOf(proofKey(HUB_TOKEN), 'client', parts);
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
  atEnd(() => socket.destroy());
  let text = '';
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
  });
  socket.on('error', () => undefined);
  return { socket, closed: once(socket, 'end').then(() => text) };
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
    const opened = await openedHub();
    const answer = await knock(opened, path, headers);
    expect(answer.status).toBe(status);
    expect(JSON.parse(answer.body)).toMatchObject({ message: expect.stringContaining(message) });
    expect(opened.workers).toEqual([]);
    expect(opened.refusals).toHaveLength(1);
  });

  it('lets a worker in with proof and version, and control clients of this machine without', async () => {
    const opened = await openedHub();
    expect((await knock(opened, '/worker')).status).toBe(101);
    expect((await knock(opened, '/control')).status).toBe(101);
    expect((await knockUnproven(opened, '/control?x=1')).status).toBe(101);
    expect((await knockUnproven(opened, '/control', { host: 'localhost' })).status).toBe(101);
    expect(opened.refusals).toEqual([]);
  });

  it('wants the proof of control clients where other machines can reach it', async () => {
    const opened = await openedHub({ bind: '0.0.0.0' });
    expect((await knockUnproven(opened, '/control')).status).toBe(401);
    expect((await knock(opened, '/control', { host: 'master.example' })).status).toBe(101);
  });

  it('proves in its answer that it knows the secret too, with another proof than the client’s', async () => {
    const opened = await openedHub();
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
    expect(answer.headers[PROOF_HEADER]).toBe(proofOf(proofKey(HUB_TOKEN), 'master', parts));
    expect(answer.headers[PROOF_HEADER]).not.toBe(proof[PROOF_HEADER]);
  });

  it('takes a nonce on its own connection only, for its own path only, and once', async () => {
    const opened = await openedHub();
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
    const opened = await openedHub({ clock });
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
    const opened = await openedHub();
    const other = { [PROTOCOL_HEADER]: '999', [VERSION_HEADER]: '9.9.9' };
    const answer = await ask(opened, oneConnection(), CHALLENGE_PATH, other);
    expect(answer.status).toBe(426);
    expect(answer.body).toContain('other end 9.9.9 (protocol 999)');
  });

  it('hands out no nonce to a web page, nor to a request with a body', async () => {
    const opened = await openedHub();
    for (const headers of [{ origin: 'http://127.0.0.1' }, { 'content-length': '5' }]) {
      const answer = await ask(opened, oneConnection(), CHALLENGE_PATH, { ...VERSION, ...headers });
      expect(answer.body).not.toContain('nonce');
      expect([400, 403]).toContain(answer.status);
    }
  });

  it('tells of each address and reason once', async () => {
    const opened = await openedHub();
    for (let attempt = 0; attempt < 5; attempt += 1) await knockUnproven(opened, '/worker');
    await knock(opened, '/nowhere');
    expect(opened.refusals).toEqual(['no join token was given', 'no such path']);
  });

  it('keeps what a stranger says of its version out of the log, but for harmless characters', async () => {
    const opened = await openedHub();
    await knock(opened, '/worker', { [PROTOCOL_HEADER]: '<b>2</b> "x" '.repeat(20) });
    expect(opened.refusals[0]).toMatch(/^[\w .(),]+$/);
  });

  it('answers a browser in plain text and closes', async () => {
    const { hub } = await openedHub();
    const answer = await fetch(`http://127.0.0.1:${hub.port}/`);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toMatch(/^This is a katydid master/);
  });

  it('does not wait for a refused client that keeps its end open', async () => {
    const { hub } = await openedHub();
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
    const { hub } = await openedHub();
    const { socket, closed } = rawSocket(hub.port);
    socket.write(bytes);
    expect(await closed).toMatch(answer);
  });

  it('drops a client that never ends its headers', async () => {
    const { hub } = await openedHub();
    const { socket, closed } = rawSocket(hub.port);
    socket.write('GET /worker HTTP/1.1\r\nHost: 127.');
    expect(await closed).toMatch(/408/);
  });

  it('says whose fault it is that it cannot listen', async () => {
    const { hub } = await openedHub();
    await expect(openedHub({ port: hub.port })).rejects.toMatchObject({
      code: 'KAT_PORT',
      message: `port ${hub.port} on 127.0.0.1 is in use`,
      hint: expect.stringContaining('--port 0'),
    });
    await expect(openedHub({ bind: '203.0.113.7' })).rejects.toMatchObject({ code: 'KAT_PORT' });
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
