import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Clock, TimerHandle } from '../../base/clock.ts';
import type { RunCertificate } from '../../protocol/join/certificate.ts';
import { refusalBytes, WANTS_TLS } from './refusal.ts';
import { StrangerLimits, type Visit, type VisitEnd } from './stranger-limits.ts';

/** Time from a connection to its proof, TLS included, in milliseconds. */
const STRANGER_LIFETIME_MS = 10_000;
/** First byte of every TLS connection: a record of kind handshake. */
const TLS_HANDSHAKE = 0x16;
/** The HTTP methods that mean something here, by their first byte. */
const METHODS: ReadonlyMap<number | undefined, string> = new Map([
  [0x47, 'GET'],
  [0x48, 'HEAD'],
]);

/** A connection on which nothing was proven yet. */
interface Stranger {
  readonly visit: Visit;
  readonly deadline: TimerHandle;
  /** Whether it has cost the master nothing so far: then it does not count as a failed attempt. */
  isHarmless: boolean;
  /** Whether it asked if the master can do its work, and was answered. */
  isHealthCheck: boolean;
}

/** What a front door works with. */
export interface FrontDoorOptions {
  readonly server: Server;
  /** `undefined`: no TLS. */
  readonly certificate: RunCertificate | undefined;
  readonly clock: Clock;
  /** Uniform in [0, 1). */
  readonly random: () => number;
  /** Told of each connection that was dropped without an answer. */
  readonly onRefused: (address: string, why: string) => void;
}

/**
 * Stands between the port and the HTTP server: limits strangers in number, rate and time, and puts TLS
 * in front of HTTP where there is a certificate.
 */
export class FrontDoor {
  readonly #clock: Clock;
  readonly #limits: StrangerLimits;
  readonly #onRefused: FrontDoorOptions['onRefused'];
  readonly #secureContext: SecureContext | undefined;
  readonly #strangers = new Map<Socket, Stranger>();
  /** The TCP socket below each TLS socket; without TLS, the socket itself. */
  readonly #below = new WeakMap<object, Socket>();
  readonly #serve: (socket: Socket) => void;

  /** Takes the place of what `server` does with new connections. */
  constructor({ server, certificate, clock, random, onRefused }: FrontDoorOptions) {
    this.#clock = clock;
    this.#limits = new StrangerLimits(clock, random);
    this.#onRefused = onRefused;
    // What the server itself does with a connection; where there is TLS, it gets the decrypted ones.
    const own = server.listeners('connection');
    server.removeAllListeners('connection');
    this.#serve = (socket) => {
      for (const listener of own) listener.call(server, socket);
    };
    if (certificate !== undefined) {
      const { keyPem: key, certificatePem: cert } = certificate;
      this.#secureContext = createSecureContext({ key, cert, minVersion: 'TLSv1.3' });
    }
    server.on('connection', (socket: Socket) => this.#enter(socket));
  }

  /**
   * Lifts the limits of a connection that has proven what it had to, or needs no proof.
   *
   * @param socket - As the HTTP server knows it.
   */
  letIn(socket: object): void {
    this.#leave(this.#below.get(socket), 'proven');
  }

  /** Notes that the connection was a health check; a limited number of them are no failed attempts. */
  excuse(socket: object): void {
    const below = this.#below.get(socket);
    const stranger = below === undefined ? undefined : this.#strangers.get(below);
    if (stranger !== undefined) stranger.isHealthCheck = true;
  }

  /** Drops all who have not proven anything. */
  close(): void {
    for (const socket of this.#strangers.keys()) socket.destroy();
  }

  #enter(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    const refuse = (why: string): void => {
      this.#onRefused(address, why);
      socket.destroy();
    };
    const visit = this.#limits.enter(address, () =>
      refuse('too many connections that have proven nothing'),
    );
    const deadline = this.#clock.setTimer(STRANGER_LIFETIME_MS, () =>
      refuse(`nothing was proven within ${STRANGER_LIFETIME_MS / 1000} s`),
    );
    const stranger: Stranger = { visit, deadline, isHarmless: true, isHealthCheck: false };
    this.#strangers.set(socket, stranger);
    this.#below.set(socket, socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () =>
      this.#leave(socket, stranger.isHealthCheck ? 'health check' : 'failed'),
    );
    // A silent connection costs nothing. The first bytes are looked at before any work is done.
    const onEnd = (): void => {
      socket.destroy();
    };
    socket.once('end', onEnd);
    socket.once('data', (first: Buffer) => {
      socket.off('end', onEnd);
      this.#open(socket, first, stranger, refuse);
    });
  }

  /** @param first - The first bytes that the stranger sent. */
  #open(socket: Socket, first: Buffer, stranger: Stranger, refuse: (why: string) => void): void {
    const isTls = this.#secureContext !== undefined;
    if (!isTls || first[0] === TLS_HANDSHAKE) {
      stranger.isHarmless = false;
      if (!this.#limits.admits(stranger.visit)) refuse('too many failed attempts');
      else if (isTls) this.#secure(socket, first);
      else this.#servePlain(socket, first);
      return;
    }
    const method = METHODS.get(first[0]);
    if (method === undefined) refuse('what came is neither TLS nor HTTP');
    else this.#askForTls(socket, method);
  }

  #servePlain(socket: Socket, first: Buffer): void {
    socket.pause();
    socket.unshift(first);
    this.#serve(socket);
    socket.resume();
  }

  #secure(socket: Socket, first: Buffer): void {
    socket.pause();
    socket.unshift(first);
    const secured = new TLSSocket(socket, { isServer: true, secureContext: this.#secureContext });
    this.#below.set(secured, socket);
    secured.on('error', () => secured.destroy());
    secured.once('secure', () => this.#serve(secured));
  }

  #askForTls(socket: Socket, method: string): void {
    socket.once('finish', () => socket.destroy());
    socket.end(refusalBytes(WANTS_TLS, method));
  }

  #leave(socket: Socket | undefined, end: VisitEnd): void {
    const stranger = socket === undefined ? undefined : this.#strangers.get(socket);
    if (socket === undefined || stranger === undefined) return;
    this.#strangers.delete(socket);
    this.#clock.clearTimer(stranger.deadline);
    this.#limits.leave(stranger.visit, stranger.isHarmless ? 'harmless' : end);
  }
}
