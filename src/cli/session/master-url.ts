import { networkInterfaces } from 'node:os';
import { isLoopback } from '../../protocol/channel/loopback.ts';

/** Where a master listens. */
export interface ListeningPlace {
  readonly bind: string;
  readonly port: number;
  readonly tls: boolean;
}

/** Whether a master has TLS: where it can be reached from outside, unless told otherwise. */
export function hasTls({
  bind,
  noTls,
}: {
  readonly bind: string;
  readonly noTls: boolean;
}): boolean {
  return !noTls && !isLoopback(bind);
}

/** The address at which this machine itself reaches the master. */
export function urlHere({ bind, port, tls }: ListeningPlace): string {
  return urlOf(isEveryAddress(bind) ? '127.0.0.1' : bind, port, tls);
}

/** The address at which other machines reach the master, as far as this one can know. */
export function urlFromOutside({ bind, port, tls }: ListeningPlace): string {
  return urlOf(isEveryAddress(bind) ? (outsideAddress() ?? '127.0.0.1') : bind, port, tls);
}

function urlOf(host: string, port: number, tls: boolean): string {
  return `${tls ? 'wss' : 'ws'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

function isEveryAddress(bind: string): boolean {
  return bind === '0.0.0.0' || bind === '::';
}

/** An address of this machine that others can reach. */
function outsideAddress(): string | undefined {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)?.address;
}
