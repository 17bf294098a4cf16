import { connect as connectPlain, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { ProtocolError } from '../../base/errors.ts';
import { certificateHash } from './certificate.ts';
import { NO_TLS_BINDING } from './handshake.ts';
import { refusedBecause } from './master-refusal.ts';

/** Where a connection goes, and what it must be like. */
export interface MasterPlace {
  readonly host: string;
  readonly port: number;
  readonly tls: boolean;
  /** Hash that the master's certificate must have; `undefined`: any, since the proof is bound to it. */
  readonly pinned: string | undefined;
}

/** A connection on which nothing was sent yet. */
export interface MasterSocket {
  readonly socket: Socket;
  /** What proofs on this connection are bound to; see `ProofParts`. */
  readonly binding: string;
}

/** OpenSSL's messages where the other end does not speak TLS. */
const NO_TLS_THERE = /wrong version number|packet length too long|http request/i;

/**
 * Connects to a master, and looks at its certificate before anything is sent.
 *
 * @param signal - Gives up, until the promise is settled.
 * @throws {KatydidError} `KAT_REFUSED` where the master has another certificate than the token says, or no TLS.
 */
export function openMasterSocket(place: MasterPlace, signal: AbortSignal): Promise<MasterSocket> {
  return new Promise((resolve, reject) => {
    const socket = place.tls ? tlsSocketTo(place) : connectPlain(place);
    const giveUp = (): void => {
      socket.destroy(new ProtocolError('no answer in time'));
    };
    signal.addEventListener('abort', giveUp, { once: true });
    // This listener stays for good: an error without a listener would end the process.
    socket.on('error', (error) => reject(explained(error)));
    socket.once('close', () => reject(new ProtocolError('the connection was closed')));
    socket.once(place.tls ? 'secureConnect' : 'connect', () => {
      signal.removeEventListener('abort', giveUp);
      const binding = place.tls ? bindingOf(socket) : NO_TLS_BINDING;
      if (place.pinned === undefined || place.pinned === binding) {
        resolve({ socket, binding });
        return;
      }
      socket.destroy();
      reject(
        refusedBecause(
          'the master has another certificate than the join token says',
          'Use the token of this run. If you did, somebody may stand between you and the master.',
        ),
      );
    });
  });
}

function tlsSocketTo({ host, port }: MasterPlace): TLSSocket {
  return connectTls({
    host,
    port,
    minVersion: 'TLSv1.3',
    // No authority vouches for the certificate: its hash is pinned, or the proof of the secret is bound to
    // it.
    rejectUnauthorized: false,
    checkServerIdentity: () => undefined,
  });
}

function bindingOf(socket: Socket): string {
  // Only called for the sockets that `tlsSocketTo` makes.
  const certificate = (socket as TLSSocket).getPeerX509Certificate();
  return certificate === undefined ? 'no certificate' : certificateHash(certificate.raw);
}

function explained(error: Error): Error {
  if (!NO_TLS_THERE.test(error.message)) return error;
  return refusedBecause(
    'the master does not speak TLS',
    'It is bound to loopback or was started with --no-tls: use ws:// and its token.',
  );
}
