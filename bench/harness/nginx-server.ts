import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { until } from '../../test/support/until.ts';
import { requireTool } from './peers.ts';
import { PinnedProcess, SERVER_CORE } from './pinned-process.ts';

/** About 200 bytes, as an API would answer. */
const JSON_BODY = JSON.stringify({
  id: 4711,
  name: 'a thing that has a name of some length',
  tags: ['red', 'green', 'blue'],
  price: { amount: 1999, currency: 'EUR' },
  stock: [
    { place: 'north', count: 3 },
    { place: 'south', count: 14 },
  ],
  active: true,
});

/** What nginx has counted. */
export interface NginxCounts {
  readonly requests: number;
  readonly connections: number;
}

/**
 * nginx with one worker process on the server's core, answering from memory: `/` a few bytes, `/json`
 * about 200 bytes of JSON. It counts the requests, so that all generators are measured by the same count.
 */
export class NginxServer {
  readonly url: string;
  readonly tlsUrl: string;
  /** Certificate of `tlsUrl`, PEM file. */
  readonly caFile: string;
  readonly #process: PinnedProcess;
  readonly #folder: string;

  private constructor(process: PinnedProcess, folder: string, port: number, tlsPort: number) {
    this.#process = process;
    this.#folder = folder;
    this.url = `http://127.0.0.1:${port}`;
    this.tlsUrl = `https://127.0.0.1:${tlsPort}`;
    this.caFile = join(folder, 'cert.pem');
  }

  /** Process id of nginx's own master process, whose children serve. */
  get pid(): number {
    return this.#process.pid;
  }

  /**
   * Starts one and waits until it answers.
   *
   * @param addresses - Loopback addresses to listen on, 127.0.0.1 upwards. One pair of addresses has
   *   28,232 ports, so more connections than that need several.
   */
  static async start(addresses = 1): Promise<NginxServer> {
    const folder = mkdtempSync(join(tmpdir(), 'katydid-bench-nginx-'));
    const [port, tlsPort] = await freePorts(2);
    makeCertificate(folder);
    writeFileSync(
      join(folder, 'nginx.conf'),
      configuration(folder, port ?? 0, tlsPort ?? 0, addresses),
    );
    const args = ['-e', join(folder, 'error.log'), '-c', join(folder, 'nginx.conf'), '-p', folder];
    const process = new PinnedProcess(requireTool('nginx'), args, { core: SERVER_CORE });
    const server = new NginxServer(process, folder, port ?? 0, tlsPort ?? 0);
    await until(
      'nginx',
      () =>
        server.counts().then(
          () => true,
          () => false,
        ),
      { longestMs: 5000, of: process },
    );
    return server;
  }

  /** What it has counted since its start; the call itself is one request more. */
  async counts(): Promise<NginxCounts> {
    const response = await fetch(`${this.url}/nginx-counts`, { headers: { connection: 'close' } });
    const [connections = 0, , , requests = 0] =
      (await response.text()).match(/\d+/g)?.map(Number) ?? [];
    return { connections, requests };
  }

  /** Ends it and removes its files. */
  async close(): Promise<void> {
    await this.#process.stop('SIGTERM');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** Ports that were free a moment ago. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve) => {
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => {
    const address = server.address();
    return typeof address === 'object' && address !== null ? address.port : 0;
  });
  for (const server of servers) server.close();
  return ports;
}

function makeCertificate(folder: string): void {
  const args = ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];
  execFileSync(
    'openssl',
    [
      ...args,
      ...['-nodes', '-days', '2', '-subj', '/CN=127.0.0.1'],
      ...['-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'cert.pem')],
    ],
    { stdio: 'ignore' },
  );
}

function configuration(folder: string, port: number, tlsPort: number, addresses: number): string {
  const listen = Array.from(
    { length: addresses },
    (_, index) => `listen 127.0.0.${index + 1}:${port} backlog=8192;`,
  ).join('\n    ');
  return `
daemon off;
worker_processes 1;
worker_rlimit_nofile 66000;
pid ${join(folder, 'nginx.pid')};
error_log ${join(folder, 'error.log')} crit;
events { worker_connections 65000; multi_accept on; }
http {
  access_log off;
  keepalive_timeout 3600s;
  keepalive_requests 1000000000;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy;
  fastcgi_temp_path ${folder}/fastcgi; uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  server {
    ${listen}
    listen 127.0.0.1:${tlsPort} ssl backlog=8192;
    ssl_certificate cert.pem;
    ssl_certificate_key key.pem;
    location = /nginx-counts { stub_status; }
    location = /json {
      default_type application/json;
      add_header x-served-by bench;
      return 200 '${JSON_BODY}';
    }
    location / { default_type text/plain; return 200 'hello'; }
  }
}
`;
}
