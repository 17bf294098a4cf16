import { createSecureContext, type SecureContext, type SecureContextOptions } from 'node:tls';
import type { ConnectionOptions, PemOption } from '../exchange/engine.ts';

type NodePem = NonNullable<SecureContextOptions['ca']>;

function toNodePem(pem: PemOption | undefined): NodePem | undefined {
  if (pem === undefined || typeof pem === 'string') return pem;
  return pem instanceof Uint8Array ? Buffer.from(pem) : pem.map((part) => Buffer.from(part));
}

function keyOf(pem: PemOption | undefined): string {
  if (pem === undefined) return '';
  if (typeof pem === 'string') return pem;
  return pem instanceof Uint8Array ? Buffer.from(pem).toString('latin1') : pem.map(keyOf).join();
}

/**
 * TLS contexts by what they are made from. Making one parses certificates (milliseconds, and tens of
 * kilobytes), so users with the same options share one.
 */
export class TlsContexts {
  readonly #contexts = new Map<string, SecureContext>();

  /** @throws What `node:tls` throws where `ca`, `cert` or `key` is no PEM. */
  contextFor(options: ConnectionOptions): SecureContext {
    const key = `${keyOf(options.ca)}\n${keyOf(options.cert)}\n${keyOf(options.key)}`;
    const known = this.#contexts.get(key);
    if (known !== undefined) return known;
    const ca = toNodePem(options.ca);
    const cert = toNodePem(options.cert);
    const privateKey = toNodePem(options.key);
    const context = createSecureContext({
      ...(ca === undefined ? {} : { ca }),
      ...(cert === undefined ? {} : { cert }),
      ...(privateKey === undefined ? {} : { key: privateKey }),
    });
    this.#contexts.set(key, context);
    return context;
  }
}
