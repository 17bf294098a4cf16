import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { connect as connectTcp, createServer as createTcpServer } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { describe, expect, it } from 'vitest';
import type { Transport } from '../../../src/protocol/channel/transport.ts';
import { createCertificate, type RunCertificate } from '../../../src/protocol/join/certificate.ts';
import { createNonce, PROOF_HEADER } from '../../../src/protocol/join/handshake.ts';
import { createToken } from '../../../src/protocol/join/token.ts';
import { connectMaster } from '../../../src/worker/link/connect-master.ts';
import { atEnd } from '../../support/at-end.ts';
import { listenHere } from '../../support/listening-server.ts';
import { openedHub } from '../../support/opened-hub.ts';

const SECRET = 'a-secret-chosen-in-advance';

interface OpenedMaster {
  readonly port: number;
  readonly refusals: readonly string[];
  /** Messages that arrived of workers that were let in. */
  readonly heard: string[];
}

async function openMaster(token: string, certificate?: RunCertificate): Promise<OpenedMaster> {
  const heard: string[] = [];
  const { hub, refusals } = await openedHub({
    token,
    certificate,
    onWorker: (transport) =>
      transport.open({
        onText: (text) => {
          heard.push(text);
          transport.sendText(`heard ${text}`);
        },
        onBytes: () => undefined,
        onClose: () => undefined,
      }),
  });
  return { port: hub.port, refusals, heard };
}

async function answerOf(transport: Transport): Promise<string> {
  atEnd(() => transport.terminate());
  const answer = new Promise<string>((resolve) => {
    transport.open({ onText: resolve, onBytes: () => undefined, onClose: resolve });
  });
  transport.sendText('hello');
  return answer;
}

const urlOf = (port: number, scheme = 'wss'): string => `${scheme}://127.0.0.1:${port}`;

/** Somebody between worker and master, with a certificate of his own; reads what goes through. */
async function openRelay(to: number): Promise<{ port: number; seen: () => string }> {
  const { keyPem: key, certificatePem: cert } = createCertificate();
  let seen = '';
  const relay = createTlsServer({ key, cert }, (inner) => {
    const outer = connectTls({ host: '127.0.0.1', port: to, rejectUnauthorized: false });
    for (const socket of [inner, outer]) {
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        seen += bytes.toString('latin1');
      });
    }
    inner.pipe(outer).pipe(inner);
  });
  const port = await listenHere(relay);
  return { port, seen: () => seen };
}

describe('a worker and a master with TLS', () => {
  const certificate = createCertificate();
  const pinned = createToken(certificate.hash);

  it.each([
    ['the token that the master made', pinned, 'wss'],
    ['that token and a ws:// address', pinned, 'ws'],
    ['a secret chosen in advance', SECRET, 'wss'],
    ['a secret chosen in advance and a ws:// address', SECRET, 'ws'],
  ])('talk to each other with %s', async (_what, token, scheme) => {
    const { port } = await openMaster(token, certificate);
    const transport = await connectMaster({ url: urlOf(port, scheme), token });
    expect(await answerOf(transport)).toBe('heard hello');
  });

  it('are not understood by whoever listens between them', async () => {
    const { port } = await openMaster(pinned, certificate);
    let seen = '';
    const tap = createTcpServer((inner) => {
      const outer = connectTcp({ host: '127.0.0.1', port });
      for (const socket of [inner, outer]) {
        socket.on('error', () => undefined);
        socket.on('data', (bytes: Buffer) => {
          seen += bytes.toString('latin1');
        });
      }
      inner.pipe(outer).pipe(inner);
    });
    const tapped = await listenHere(tap);
    const transport = await connectMaster({ url: urlOf(tapped), token: pinned });
    expect(await answerOf(transport)).toBe('heard hello');
    expect(seen.length).toBeGreaterThan(500);
    expect(seen).not.toMatch(/hello|x-katydid|\/worker/);
  });

  it('do not talk through a relay with a certificate of its own where the token pins one', async () => {
    const { port, heard } = await openMaster(pinned, certificate);
    const relay = await openRelay(port);
    await expect(connectMaster({ url: urlOf(relay.port), token: pinned })).rejects.toMatchObject({
      code: 'KAT_REFUSED',
      message: expect.stringContaining('another certificate'),
    });
    // It was hung up on before a single byte of HTTP.
    expect([relay.seen(), heard]).toEqual(['', []]);
  });

  it('do not talk through such a relay with a secret chosen in advance, which it never sees', async () => {
    const { port, refusals, heard } = await openMaster(SECRET, certificate);
    const relay = await openRelay(port);
    await expect(connectMaster({ url: urlOf(relay.port), token: SECRET })).rejects.toMatchObject({
      code: 'KAT_REFUSED',
      message: expect.stringContaining('the join token is wrong'),
    });
    expect(relay.seen()).toContain(PROOF_HEADER);
    expect(relay.seen()).not.toContain(SECRET);
    expect([refusals, heard]).toEqual([['the join token is wrong'], []]);
  });

  it('part at once where one of them has no TLS, and say so', async () => {
    const plain = await openMaster(createToken());
    await expect(connectMaster({ url: urlOf(plain.port), token: pinned })).rejects.toMatchObject({
      code: 'KAT_REFUSED',
      message: 'the master does not speak TLS',
    });
    const token = createToken();
    await expect(connectMaster({ url: urlOf(plain.port), token })).rejects.toMatchObject({
      code: 'KAT_REFUSED',
      message: expect.stringContaining('asks for TLS (wss://)'),
    });
  });

  it('drop what is neither TLS nor HTTP, and who says nothing for 10 s', async () => {
    const { port } = await openMaster(pinned, certificate);
    const noise = connectTcp({ host: '127.0.0.1', port });
    noise.write('\u0000\u0001\u0002');
    await once(noise, 'close');
    const silent = connectTcp({ host: '127.0.0.1', port });
    await once(silent, 'close');
    expect([noise.bytesRead, silent.bytesRead]).toEqual([0, 0]);
  });
});

describe('a worker before somebody who is no master', () => {
  it('hangs up on one that lets it in without knowing the secret, and sends nothing', async () => {
    let sent = '';
    const server = createServer((_request, response) => {
      response.end(JSON.stringify({ nonce: createNonce() }));
    });
    server.on('upgrade', (request, socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (bytes: Buffer) => {
        sent += bytes.toString('latin1');
      });
      // Right but for the proof, which it can only guess; the key's answer is for ws's fixed check.
      const key = String(request.headers['sec-websocket-key']);
      const accept = createHash('sha1')
        .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
        .digest('base64');
      socket.write(
        `HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
          `Sec-WebSocket-Accept: ${accept}\r\n${PROOF_HEADER}: ${createNonce()}\r\n\r\n`,
      );
    });
    const port = await listenHere(server);
    atEnd(() => server.closeAllConnections());
    await expect(
      connectMaster({ url: urlOf(port, 'ws'), token: createToken() }),
    ).rejects.toMatchObject({
      code: 'KAT_REFUSED',
      message: expect.stringContaining('could not prove'),
    });
    expect(sent).toBe('');
  });
});
