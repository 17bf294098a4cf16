import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';
import type { Clock, TimerHandle } from '../base/clock.ts';
import type { RunCertificate } from '../protocol/certificate.ts';
import { refusalBytes, WANTS_TLS } from './refusal.ts';
import { StrangerLimits } from './stranger-limits.ts';

/** Time from a connection to its proof, TLS included, in milliseconds. */
const STRANGER_LIFETIME_MS = 10_000;
/** First byte of every TLS connection: a record of kind handshake. */
const TLS_HANDSHAKE = 0x16;
/** First byte of every HTTP request that means something here: G of GET. */
const HTTP_GET = 0x47;

/** A connection of somebody who has not proven anything yet. */
interface Stranger {
  readonly address: string;
  readonly deadline: TimerHandle;
  /** What it did until now is no reason to count it as a failed attempt. */
  isHarmless: boolean;
}

/** What a front door works with. */
export interface FrontDoorOptions {
  readonly server: Server;
  /** `undefined`: no TLS. */
  readonly certificate: RunCertificate | undefined;
  readonly clock: Clock;
}

/**
 * Stands between the port and the HTTP server: limits strangers in number, rate and time, and puts TLS
 * in front of HTTP where there is a certificate.
 */
export class FrontDoor {
  readonly #clock: Clock;
  readonly #limits: StrangerLimits;
  readonly #secureContext: SecureContext | undefined;
  readonly #strangers = new Map<Socket, Stranger>();
  /** The TCP socket below each TLS socket; without TLS, the socket itself. */
  readonly #below = new WeakMap<object, Socket>();
  readonly #serve: (socket: Socket) => void;

  /** Takes the place of what `server` does with new connections. */
  constructor({ server, certificate, clock }: FrontDoorOptions) {
    this.#clock = clock;
    this.#limits = new StrangerLimits(clock);
    // What the server itself does with a connection; with TLS it gets the connections above it.
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
   * The connection has proven what it had to, or needs no proof: its limits are off.
   *
   * @param socket - As the HTTP server knows it.
   */
  letIn(socket: object): void {
    this.#leave(this.#below.get(socket), false);
  }

  /** Drops all who have not proven anything. */
  close(): void {
    for (const socket of this.#strangers.keys()) socket.destroy();
  }

  #enter(socket: Socket): void {
    const address = socket.remoteAddress ?? '';
    if (!this.#limits.enter(address)) {
      socket.destroy();
      return;
    }
    const deadline = this.#clock.setTimer(STRANGER_LIFETIME_MS, () => socket.destroy());
    this.#strangers.set(socket, { address, deadline, isHarmless: false });
    this.#below.set(socket, socket);
    socket.on('error', () => socket.destroy());
    socket.once('close', () => this.#leave(socket, true));
    if (this.#secureContext === undefined) this.#serve(socket);
    else socket.once('data', (first: Buffer) => this.#secure(socket, first));
  }

  #secure(socket: Socket, first: Buffer): void {
    if (first[0] === TLS_HANDSHAKE) {
      socket.pause();
      socket.unshift(first);
      const secured = new TLSSocket(socket, { isServer: true, secureContext: this.#secureContext });
      this.#below.set(secured, socket);
      secured.on('error', () => secured.destroy());
      secured.once('secure', () => this.#serve(secured));
      return;
    }
    if (first[0] !== HTTP_GET) {
      socket.destroy();
      return;
    }
    const stranger = this.#strangers.get(socket);
    if (stranger !== undefined) stranger.isHarmless = true;
    socket.once('finish', () => socket.destroy());
    socket.end(refusalBytes(WANTS_TLS));
  }

  #leave(socket: Socket | undefined, hasFailed: boolean): void {
    const stranger = socket === undefined ? undefined : this.#strangers.get(socket);
    if (socket === undefined || stranger === undefined) return;
    this.#strangers.delete(socket);
    this.#clock.clearTimer(stranger.deadline);
    this.#limits.leave(stranger.address, hasFailed && !stranger.isHarmless);
  }
}
