import type { ConnectionOptions, ConnectionSet, HttpEngine } from './exchange/engine.ts';
import { Exchange, type ExchangeListener, type WireBody } from './exchange/exchange.ts';
import type { ResponseHeaders } from './exchange/response-headers.ts';

/** One exchange as it went over the wire, once it is over. Stamps are `Clock.nowUs`; -1: not reached. */
export interface SeenExchange {
  /** In capitals. */
  readonly method: string;
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  /** Name, value, name, value …, without those that the engine adds. */
  readonly requestHeaders: readonly string[];
  readonly requestBody: WireBody;
  /** 0 where no answer came. */
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** As received, content encoding still on. */
  readonly body: Uint8Array;
  /** Short stable name; `undefined` where a whole answer came. */
  readonly failure: string | undefined;
  /** When the engine began to connect, or handed the first byte to an open connection. */
  readonly actedUs: number;
  readonly connectedUs: number;
  readonly securedUs: number;
  readonly requestSentUs: number;
  readonly firstByteUs: number;
  readonly finishedUs: number;
}

/** Gets every exchange as it ends, before whoever asked for it. Must not throw. */
export type ExchangeObserver = (exchange: SeenExchange) => void;

/**
 * An engine that does what another one does, and shows every exchange: redirects one by one, and those
 * that failed before anything was sent. For trying a script out; it costs a second exchange each.
 */
export class TracingEngine implements HttpEngine {
  readonly #engine: HttpEngine;
  readonly #observe: ExchangeObserver;

  constructor(engine: HttpEngine, observe: ExchangeObserver) {
    this.#engine = engine;
    this.#observe = observe;
  }

  connectionSet(options: ConnectionOptions): ConnectionSet {
    const connections = this.#engine.connectionSet(options);
    const observe = this.#observe;
    return {
      start: (exchange) => connections.start(mirrorOf(exchange, observe)),
      close: () => connections.close(),
    };
  }

  rest(): void {
    this.#engine.rest();
  }
}

/** An exchange for the engine that tells `outer`, which somebody waits for, all that becomes of it. */
function mirrorOf(outer: Exchange, observe: ExchangeObserver): Exchange {
  const listener: ExchangeListener = {
    exchangeSent: (inner) => {
      outer.actedUs = inner.actedUs;
      outer.markSent(inner.sentUs);
    },
    exchangeEnded: (inner) => {
      copyAnswer(inner, outer);
      observe(seen(inner));
      outer.end(inner.finishedUs, inner.failure);
    },
  };
  const { request, requestBody, deadlineUs, limits } = outer;
  const inner = new Exchange(request, requestBody, deadlineUs, limits, listener);
  outer.heldBy({ abort: (_, failure) => inner.abort(failure) });
  return inner;
}

function seen(exchange: Exchange): SeenExchange {
  const { method, origin, path, headers: requestHeaders } = exchange.request;
  const { requestBody, status, headers, failure } = exchange;
  const { actedUs, connectedUs, securedUs, requestSentUs, firstByteUs, finishedUs } = exchange;
  return {
    ...{ method, origin, path, requestHeaders, requestBody },
    ...{ status, headers, body: exchange.body(), failure },
    ...{ actedUs, connectedUs, securedUs, requestSentUs, firstByteUs, finishedUs },
  };
}

function copyAnswer(from: Exchange, to: Exchange): void {
  const { buffer, byteOffset, length } = from.body();
  if (length > 0) to.addBody(Buffer.from(buffer, byteOffset, length), 0, length, 0);
  to.bodyBytes = from.bodyBytes;
  to.status = from.status;
  to.headers = from.headers;
  to.bytesReceived = from.bytesReceived;
  to.availableUs = from.availableUs;
  to.actedUs = from.actedUs;
  to.connectedUs = from.connectedUs;
  to.securedUs = from.securedUs;
  to.requestSentUs = from.requestSentUs;
  to.firstByteUs = from.firstByteUs;
}
