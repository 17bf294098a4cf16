import { once } from 'node:events';
import { type IncomingHttpHeaders, request as requestPlain } from 'node:http';
import { request as requestTls } from 'node:https';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { HubOptions } from '../../../src/master/door/hub.ts';
import { createCertificate } from '../../../src/protocol/join/certificate.ts';
import { connectMaster } from '../../../src/worker/link/connect-master.ts';
import { HUB_TOKEN, type OpenedHub, openedHub } from '../../support/opened-hub.ts';

/** A hub whose health a test decides. */
interface Patient extends OpenedHub {
  isHealthy: boolean;
}

async function openPatient(options: Partial<HubOptions> = {}): Promise<Patient> {
  const state = { isHealthy: true };
  const opened = await openedHub({
    onWorker: (transport) => transport.close('seen'),
    isHealthy: () => state.isHealthy,
    ...options,
  });
  return Object.assign(state, opened);
}

interface HealthAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers: IncomingHttpHeaders;
}

interface Asking {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly tls?: boolean;
}

async function ask({ hub }: Patient, asking: Asking = {}): Promise<HealthAnswer> {
  const { method = 'GET', path = '/health', headers = {}, tls = false } = asking;
  const place = { host: '127.0.0.1', port: hub.port, agent: false as const };
  const sent = tls
    ? requestTls({ ...place, method, path, headers, rejectUnauthorized: false })
    : requestPlain({ ...place, method, path, headers });
  sent.end();
  const [response] = await once(sent, 'response');
  let body = '';
  for await (const chunk of response) body += chunk;
  return { status: response.statusCode, body, headers: response.headers };
}

describe('GET /health', () => {
  it('is 200 without a token while the master can do its work, and 503 when it cannot', async () => {
    const opened = await openPatient();
    const well = await ask(opened);
    opened.isHealthy = false;
    const ill = await ask(opened);

    expect([well.status, ill.status]).toEqual([200, 503]);
    expect(opened.refusals).toEqual([]);
  });

  it.each([
    ['GET', false],
    ['HEAD', false],
    ['GET', true],
    ['HEAD', true],
  ])('tells by %s nothing but the status (TLS: %s)', async (method, tls) => {
    const opened = await openPatient(tls ? { certificate: createCertificate() } : {});
    const answer = await ask(opened, { method, tls });

    expect(answer).toMatchObject({ status: 200, body: '' });
    expect(Object.keys(answer.headers).sort()).toEqual([
      'cache-control',
      'connection',
      'content-length',
      'date',
    ]);
  });

  it.each(['GET', 'HEAD'])(
    'sends a plain %s on a port with TLS there, as any request',
    async (method) => {
      const opened = await openPatient({ certificate: createCertificate() });
      const answer = await ask(opened, { method });

      expect(answer.status).toBe(426);
      expect(answer.headers.upgrade).toBe('TLS/1.3');
    },
  );

  it.each(['POST', 'PUT', 'DELETE', 'OPTIONS'])('refuses %s by 405', async (method) => {
    const answer = await ask(await openPatient(), { method });

    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET, HEAD');
  });

  it.each([
    ['a web page', { origin: 'http://127.0.0.1' }, 'web pages'],
    ['a name that leads here', { host: 'evil.example' }, 'another machine'],
  ])('answers no request of %s', async (_, headers, why) => {
    const opened = await openPatient();
    const answer = await ask(opened, { headers });

    expect(answer.status).toBe(403);
    expect(opened.refusals).toEqual([expect.stringContaining(why)]);
  });

  it('takes no body', async () => {
    expect((await ask(await openPatient(), { headers: { 'content-length': '5' } })).status).toBe(
      400,
    );
  });

  it('hangs up after one answer, so that nothing else can follow on that connection', async () => {
    const { hub } = await openPatient();
    const socket = connect(hub.port, '127.0.0.1');
    let answers = '';
    socket.on('data', (bytes: Buffer) => {
      answers += bytes.toString('latin1');
    });
    const head = 'GET /health HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n';
    socket.write(head + head);
    await once(socket, 'close');

    expect(answers.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('lets a worker join after 400 health checks', async () => {
    const opened = await openPatient();
    for (let times = 0; times < 400; times += 1) await ask(opened);
    const transport = await connectMaster({
      url: `ws://127.0.0.1:${opened.hub.port}`,
      token: HUB_TOKEN,
    });
    const closed = new Promise<string>((resolve) => {
      transport.open({ onText: () => undefined, onBytes: () => undefined, onClose: resolve });
    });

    expect(await closed).toBe('seen');
  });
});
