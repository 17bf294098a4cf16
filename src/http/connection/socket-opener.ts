import {
  isIP,
  type OnReadOpts,
  type Socket,
  type TcpNetConnectOpts,
  connect as tcpConnect,
} from 'node:net';
import { checkServerIdentity, connect as tlsConnect } from 'node:tls';
import type { Endpoint } from '../exchange/endpoint.ts';
import type { ConnectionOptions, ConnectTo } from '../exchange/engine.ts';
import type { EngineParts } from './engine-parts.ts';
import type { NameCache } from './name-cache.ts';

/**
 * How long one of several addresses may take before the next is tried too. Node's own quarter of a second
 * is made for browsers: a loaded server's backlog takes longer, and would get half of its connections cut.
 */
const ADDRESS_TIMEOUT_MS = 3000;

/** What a connection wants of its socket. */
export interface SocketWishes {
  /** Where to read to; `undefined` for an ordinary readable socket. */
  readonly onread: OnReadOpts | undefined;
  /** TLS session to resume. */
  readonly session: Buffer | undefined;
  /** Protocols offered in TLS. */
  readonly protocols: readonly string[];
  /** A tunnel that is open already, in place of a connection of its own. */
  readonly through?: Socket;
}

/** Opens the sockets of one user: the one place that knows about names, addresses and certificates. */
export class SocketOpener {
  readonly #parts: EngineParts;
  readonly #options: ConnectionOptions;
  readonly #localAddress: string | undefined;
  #names: NameCache | undefined;

  constructor(parts: EngineParts, options: ConnectionOptions) {
    this.#parts = parts;
    this.#options = options;
    const { localAddresses } = options;
    this.#localAddress = localAddresses[parts.nextUser % Math.max(localAddresses.length, 1)];
    parts.nextUser += 1;
    this.#names = options.dns === 'run' ? parts.names : undefined;
  }

  /**
   * Begins to connect to `endpoint`. The socket tells of its outcome by `connect`, `secureConnect` (where
   * the endpoint is secure) and `error`.
   *
   * @throws `EMFILE` where users have as many sockets as they may; what `node:net` and `node:tls` throw where an option is of no use.
   */
  open(endpoint: Endpoint, wishes: SocketWishes): Socket {
    return endpoint.isSecure ? this.#openTls(endpoint, wishes) : this.openPlain(endpoint, wishes);
  }

  /** Begins to connect without TLS, even where the endpoint is secure. */
  openPlain(endpoint: Endpoint, wishes: SocketWishes): Socket {
    const { onread } = wishes;
    return this.#parts.sockets.spend(() =>
      tcpConnect({ ...this.#way(endpoint), ...(onread === undefined ? {} : { onread }) }),
    );
  }

  /** The user begins anew: its own names are looked up again. */
  forgetNames(): void {
    if (this.#options.dns === 'user') this.#names = undefined;
  }

  #openTls(endpoint: Endpoint, wishes: SocketWishes): Socket {
    const { insecure, servername } = this.#options;
    const { host } = endpoint;
    // An absolute name ends with a dot, which neither certificates nor SNI have (RFC 6066 3).
    const name = servername ?? (isIP(host) === 0 ? host.replace(/\.$/, '') : '');
    const { onread, session, protocols, through } = wishes;
    const open = (): Socket =>
      tlsConnect({
        ...(through === undefined ? this.#way(endpoint) : { socket: through }),
        secureContext: this.#parts.tlsContexts.contextFor(this.#options),
        rejectUnauthorized: !insecure,
        ALPNProtocols: [...protocols],
        servername: name,
        // Not by the address connected to: that may be another by `connectTo`, a tunnel or a Unix socket.
        checkServerIdentity: (_host, certificate) =>
          checkServerIdentity(servername ?? host, certificate),
        ...(session === undefined ? {} : { session }),
        ...(onread === undefined ? {} : { onread }),
      });
    // A tunnel is a socket that counts already.
    return through === undefined ? this.#parts.sockets.spend(open) : open();
  }

  #way(endpoint: Endpoint): TcpNetConnectOpts | { readonly path: string } {
    const { unixSocket, connectTo } = this.#options;
    if (unixSocket !== undefined) return { path: unixSocket };
    const rule = connectTo.find((one) => fits(one, endpoint));
    const host = rule === undefined || rule.toHost === '' ? endpoint.host : rule.toHost;
    const port = rule === undefined || rule.toPort === 0 ? endpoint.port : rule.toPort;
    const localAddress = this.#localAddress;
    if (isIP(host) !== 0) {
      return { host, port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) };
    }
    // Made for the first name: users that connect to addresses need none.
    this.#names ??= this.#parts.newNames();
    return {
      host,
      port,
      noDelay: true,
      lookup: this.#names.lookup,
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: ADDRESS_TIMEOUT_MS,
      ...(localAddress === undefined ? {} : { localAddress }),
    };
  }
}

function fits(rule: ConnectTo, endpoint: Endpoint): boolean {
  const isHost = rule.host === '' || rule.host === endpoint.host;
  return isHost && (rule.port === 0 || rule.port === endpoint.port);
}
