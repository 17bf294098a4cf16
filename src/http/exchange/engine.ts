import type { Exchange } from './exchange.ts';
import type { ProxyRules } from './proxy-rules.ts';

/** A way round name resolution, as curl's `--connect-to`. */
export interface ConnectTo {
  /** The URL's host that the rule is for, in lower case and without brackets; the empty string for any. */
  readonly host: string;
  /** The URL's port that the rule is for; 0 for any. */
  readonly port: number;
  /** The host to connect to; the empty string for the URL's own. */
  readonly toHost: string;
  /** The port to connect to; 0 for the URL's own. */
  readonly toPort: number;
}

/** PEM text, or several; what `node:tls` takes. */
export type PemOption = string | Uint8Array | readonly (string | Uint8Array)[];

/** How the connections of one user are made. */
export interface ConnectionOptions {
  /** Accept any certificate. */
  readonly insecure: boolean;
  /** Authorities to trust in place of the system's. */
  readonly ca: PemOption | undefined;
  /** The user's own certificate and its key. */
  readonly cert: PemOption | undefined;
  readonly key: PemOption | undefined;
  /** The name asked for and verified; by default the host of the URL. */
  readonly servername: string | undefined;
  /** Whether a connection is used for more than one exchange. */
  readonly keepAlive: boolean;
  /** How long a connection may be idle before it is replaced, where the server does not say; above 0. */
  readonly keepAliveIdleSeconds: number;
  /** How long connecting may take, TLS included; 0 for as long as the request may. */
  readonly connectTimeoutSeconds: number;
  /** Whether a name is looked up once for each user, or once for all users of the process. */
  readonly dns: 'user' | 'run';
  /** The first that fits a URL decides where its connections go. */
  readonly connectTo: readonly ConnectTo[];
  /** Addresses to connect from, each user from the next; empty: the system's choice. */
  readonly localAddresses: readonly string[];
  /** A Unix socket to connect to, whatever the URL says; `undefined` for none. */
  readonly unixSocket: string | undefined;
  /** Offer HTTP/2 in TLS. */
  readonly http2: boolean;
  /** Which URLs go through which proxy; `undefined` where none does. */
  readonly proxy: ProxyRules | undefined;
}

/** How many connections one user may have to one origin at a time, as browsers do. */
export const MAX_CONNECTIONS_PER_ORIGIN = 6;

/** Longest head of an answer in bytes, interim answers before it included. */
export const MAX_HEAD_BYTES: number = 64 * 1024;

/** A connection that is closed so many microseconds after an answer was not closed for being idle. */
export const ABRUPT_CLOSE_US = 50_000;

/**
 * How many milliseconds before the server's own limit an idle connection is given up: the server's clock
 * started before ours.
 */
export const IDLE_MARGIN_MS = 500;

/**
 * The connections of one user, at most `MAX_CONNECTIONS_PER_ORIGIN` to an origin, opened when first
 * needed and kept. One exchange at a time on each: no pipelining. An exchange that was sent is never
 * sent again, whatever becomes of it.
 */
export interface ConnectionSet {
  /**
   * Sends `exchange`, at once or as soon as one of the user's connections is free, and stamps it on
   * the way. Its listener may hear of a failure before this returns.
   */
  start(exchange: Exchange): void;
  /**
   * Closes connections that are idle, and the others when their exchange is over. The set may be
   * used again and connects anew.
   */
  close(): void;
}

/** What turns exchanges into bytes; one for all users of a process. */
export interface HttpEngine {
  /** The connections of a further user; nothing is opened yet. */
  connectionSet(options: ConnectionOptions): ConnectionSet;
  /** Lets go of timers once no exchange is under way; the engine may be used again. */
  rest(): void;
}
