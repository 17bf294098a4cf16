import { networkInterfaces } from 'node:os';
import { isLoopback } from '../../protocol/channel/loopback.ts';
import type { TokenOptions } from '../options/table/option-values.ts';
import { TOKEN_PLACE } from '../process/parent-ui.ts';

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

/** Gives the command that starts a worker. A token that somebody chose is never in it: they know it. */
export function joinCommandOf(place: ListeningPlace, { token, tokenFile }: TokenOptions): string {
  const command = `katydid worker ${urlFromOutside(place)}`;
  if (token !== undefined) return `${command}  # with the same KATYDID_TOKEN as here`;
  return tokenFile === undefined
    ? `${command} --token ${TOKEN_PLACE}`
    : `${command} --token-file ${tokenFile}`;
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
