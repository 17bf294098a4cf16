import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../base/clock.ts';
import { VERSION } from '../../base/version.ts';
import { isLoopback } from '../../protocol/channel/loopback.ts';
import {
  CONTROL_PATH,
  PROTOCOL_HEADER,
  PROTOCOL_VERSION,
  VERSION_HEADER,
  WORKER_PATH,
} from '../../protocol/channel/version.ts';
import {
  CHALLENGE_LIFETIME_MS,
  createNonce,
  looksLikeNonce,
  NO_TLS_BINDING,
  NONCE_HEADER,
  PROOF_HEADER,
  proofKey,
  proofOf,
  proofsMatch,
} from '../../protocol/join/handshake.ts';
import { WRONG_METHOD } from './health.ts';
import type { Refusal } from './refusal.ts';

/** What a gate works with. */
export interface GateOptions {
  readonly bind: string;
  readonly token: string;
  /** Hash of the master's certificate; `undefined`: no TLS. */
  readonly certificateHash: string | undefined;
  readonly clock: Clock;
}

/** The decision about an upgrade. */
export type Admission =
  | { readonly refusal: Refusal }
  /** `proof`: what the answer must show; `undefined` where the client sent no proof either. */
  | { readonly refusal?: undefined; readonly proof: string | undefined };

interface Challenge {
  readonly nonce: string;
  readonly sinceUs: number;
}

/** Decides who may come in, from the heads of requests alone; see `handshake.ts` for what is proven. */
export class Gate {
  readonly #onLoopback: boolean;
  readonly #key: Uint8Array;
  readonly #binding: string;
  readonly #clock: Clock;
  /** The nonce of each connection, until it is used. */
  readonly #challenges = new WeakMap<object, Challenge>();

  constructor({ bind, token, certificateHash, clock }: GateOptions) {
    this.#onLoopback = isLoopback(bind);
    this.#key = proofKey(token);
    this.#binding = certificateHash ?? NO_TLS_BINDING;
    this.#clock = clock;
  }

  /** Answers `GET /challenge`: a nonce for this connection, or why not. */
  challenge(request: IncomingMessage): { readonly nonce: string } | { readonly refusal: Refusal } {
    const refusal = this.#pageRefusal(request) ?? versionRefusal(request) ?? bodyRefusal(request);
    if (refusal !== undefined) return { refusal };
    const nonce = createNonce();
    this.#challenges.set(request.socket, { nonce, sinceUs: this.#clock.nowUs() });
    return { nonce };
  }

  /** Why a health check gets no answer; a check needs no proof, but may not come from a web page. */
  healthRefusal(request: IncomingMessage): Refusal | undefined {
    const refusal = this.#pageRefusal(request);
    if (refusal !== undefined) return refusal;
    if (request.method !== 'GET' && request.method !== 'HEAD') return WRONG_METHOD;
    return bodyRefusal(request);
  }

  /** Decides about an upgrade. */
  admit(request: IncomingMessage): Admission {
    const refusal = this.#pageRefusal(request);
    if (refusal !== undefined) return { refusal };
    const path = pathOf(request);
    if (path !== WORKER_PATH && path !== CONTROL_PATH) return { refusal: NO_SUCH_PATH };
    const version = path === WORKER_PATH ? versionRefusal(request) : undefined;
    if (version !== undefined) return { refusal: version };
    const hasProof = request.headers[PROOF_HEADER] !== undefined;
    if (path === CONTROL_PATH && this.#onLoopback && !hasProof) return { proof: undefined };
    return this.#checkProof(request, path);
  }

  #pageRefusal({ headers }: IncomingMessage): Refusal | undefined {
    // Only browsers send an Origin, and no web page has any business here.
    if (headers.origin !== undefined) return forbidden('requests of web pages are not accepted');
    // A web page can have its own host name lead here, and its GET requests then carry no Origin.
    if (this.#onLoopback && !isLoopback(hostnameOf(headers.host ?? ''))) {
      return forbidden('the Host header names another machine');
    }
    return undefined;
  }

  #checkProof({ headers, socket }: IncomingMessage, path: string): Admission {
    const challenge = this.#challenges.get(socket);
    // A challenge is good for one proof, right or wrong.
    this.#challenges.delete(socket);
    const clientNonce = headers[NONCE_HEADER];
    const given = headers[PROOF_HEADER];
    if (given === undefined) return { refusal: unauthorized('no join token was given') };
    const isFresh =
      challenge !== undefined &&
      this.#clock.nowUs() - challenge.sinceUs < CHALLENGE_LIFETIME_MS * 1000;
    if (!isFresh)
      return { refusal: unauthorized('the proof answers no challenge of this connection') };
    if (!looksLikeNonce(clientNonce)) return { refusal: unauthorized('the proof has no nonce') };
    const parts = { path, clientNonce, masterNonce: challenge.nonce, binding: this.#binding };
    if (!proofsMatch(given, proofOf(this.#key, 'client', parts))) {
      return { refusal: unauthorized('the join token is wrong') };
    }
    return { proof: proofOf(this.#key, 'master', parts) };
  }
}

/** Path of a request without its query. */
export function pathOf(request: IncomingMessage): string {
  return (request.url ?? '').split('?', 1)[0] ?? '';
}

const NO_SUCH_PATH: Refusal = {
  status: '404 Not Found',
  message: 'no such path',
  hint: 'Workers join with «katydid worker».',
};

function unauthorized(message: string): Refusal {
  return {
    status: '401 Unauthorized',
    message,
    hint: 'Use the token that the master printed (--token-file, KATYDID_TOKEN or --token).',
  };
}

function forbidden(message: string): Refusal {
  return { status: '403 Forbidden', message, hint: 'Connect with katydid worker or katydid ctl.' };
}

function bodyRefusal({ headers }: IncomingMessage): Refusal | undefined {
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) !== 0;
  if (!hasBody) return undefined;
  return {
    status: '400 Bad Request',
    message: 'the request has a body, and none is read here',
    hint: 'Connect with katydid worker or katydid ctl.',
  };
}

function versionRefusal({ headers }: IncomingMessage): Refusal | undefined {
  const protocol = headers[PROTOCOL_HEADER];
  if (protocol === String(PROTOCOL_VERSION)) return undefined;
  const theirs = harmlessVersion(headers[VERSION_HEADER]);
  return {
    status: '426 Upgrade Required',
    message: `the master is katydid ${VERSION} (protocol ${PROTOCOL_VERSION}), the other end ${theirs} (protocol ${harmlessVersion(protocol)})`,
    hint: 'Install the same version of katydid on the master and on all workers.',
  };
}

function harmlessVersion(header: string | string[] | undefined): string {
  const harmless = String(header ?? 'unknown').replaceAll(/[^\w.+-]/g, '');
  return harmless.slice(0, 40) || 'unknown';
}

function hostnameOf(host: string): string {
  return host
    .replace(/:\d+$/, '')
    .replace(/^\[(.*)\]$/, '$1')
    .toLowerCase();
}
