import type { ConnectionOptions, ConnectionSet, HttpEngine } from './exchange/engine.ts';
import {
  type AnswerTap,
  Exchange,
  type ExchangeListener,
  type WireBody,
} from './exchange/exchange.ts';
import type { ResponseHeaders } from './exchange/response-headers.ts';

/** One exchange as it went over the wire, once it is over. Stamps are `Clock.nowUs`; -1 where that point was not reached. */
export interface TracedExchange {
  /** In capitals. */
  readonly method: string;
  readonly origin: string;
  /** With its query. */
  readonly path: string;
  /** Name, value, name, value …; headers that the engine adds are left out. */
  readonly requestHeaders: readonly string[];
  readonly requestBody: WireBody;
  /** 0 where no answer came. */
  readonly status: number;
  readonly headers: ResponseHeaders;
  /** As received: no content encoding is taken off. */
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

/** Hears of every exchange as it ends, before the request that made it does. Must not throw. */
export type TraceListener = (exchange: TracedExchange) => void;

/**
 * An engine that leaves the work to another one and tells a listener of every exchange: each redirect by
 * itself, and exchanges that failed before anything was sent too. It is for trying a script out, since
 * each exchange costs a second one.
 */
export class TracingEngine implements HttpEngine {
  readonly #engine: HttpEngine;
  readonly #listen: TraceListener;

  constructor(engine: HttpEngine, listen: TraceListener) {
    this.#engine = engine;
    this.#listen = listen;
  }

  connectionSet(options: ConnectionOptions): ConnectionSet {
    const connections = this.#engine.connectionSet(options);
    const listen = this.#listen;
    return {
      start: (exchange) => connections.start(mirrorOf(exchange, listen)),
      close: () => connections.close(),
    };
  }

  rest(): void {
    this.#engine.rest();
  }
}

/** Makes the exchange that the engine works on; `outer`, which a request waits for, becomes its copy. */
function mirrorOf(outer: Exchange, listen: TraceListener): Exchange {
  const kept: Buffer[] = [];
  const listener: ExchangeListener = {
    exchangeSent: (inner) => {
      outer.actedUs = inner.actedUs;
      outer.markSent(inner.sentUs);
    },
    exchangeEnded: (inner) => {
      copyAnswer(inner, outer);
      listen(tracedOf(inner, inner.tap === undefined ? inner.body() : Buffer.concat(kept)));
      outer.end(inner.finishedUs, inner.failure);
    },
  };
  const { request, requestBody, deadlineUs, limits } = outer;
  const inner = new Exchange(request, requestBody, deadlineUs, limits, listener);
  outer.heldBy({ abort: (_, failure) => inner.abort(failure) });
  if (outer.tap !== undefined) inner.tap = passOn(inner, outer, kept);
  return inner;
}

/** Hands the answer on to `outer` while it arrives, and keeps its body in `kept`. */
function passOn(inner: Exchange, outer: Exchange, kept: Buffer[]): AnswerTap {
  return {
    headArrived: () => {
      copyStamps(inner, outer);
      outer.setHead(inner.status, inner.headers);
      return true;
    },
    bodyArrived: (bytes) => {
      const copy = Buffer.from(bytes);
      kept.push(copy);
      outer.addBody(copy, 0, copy.length, -1);
    },
  };
}

function tracedOf(exchange: Exchange, body: Uint8Array): TracedExchange {
  const { method, origin, path, headers: requestHeaders } = exchange.request;
  const { requestBody, status, headers, failure } = exchange;
  const { actedUs, connectedUs, securedUs, requestSentUs, firstByteUs, finishedUs } = exchange;
  return {
    ...{ method, origin, path, requestHeaders, requestBody },
    ...{ status, headers, body, failure },
    ...{ actedUs, connectedUs, securedUs, requestSentUs, firstByteUs, finishedUs },
  };
}

function copyAnswer(from: Exchange, to: Exchange): void {
  // Where the answer was handed on while it arrived, `to` has it already.
  if (from.tap === undefined) {
    const { buffer, byteOffset, length } = from.body();
    if (length > 0) to.addBody(Buffer.from(buffer, byteOffset, length), 0, length, 0);
    to.bodyBytes = from.bodyBytes;
    to.status = from.status;
    to.headers = from.headers;
  }
  to.bytesReceived = from.bytesReceived;
  copyStamps(from, to);
}

function copyStamps(from: Exchange, to: Exchange): void {
  to.availableUs = from.availableUs;
  to.actedUs = from.actedUs;
  to.connectedUs = from.connectedUs;
  to.securedUs = from.securedUs;
  to.requestSentUs = from.requestSentUs;
  to.firstByteUs = from.firstByteUs;
}
