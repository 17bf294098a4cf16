import { endpointOf } from './exchange/endpoint.ts';
import type { ConnectionOptions, ConnectionSet, HttpEngine } from './exchange/engine.ts';
import type { Exchange } from './exchange/exchange.ts';
import { type ProxyRules, proxyFor } from './exchange/proxy-rules.ts';

/** Two engines as one: the raw one for all that it can do, the complete one for the rest. */
export class CombinedEngine implements HttpEngine {
  readonly #raw: HttpEngine;
  readonly #complete: HttpEngine;

  constructor(raw: HttpEngine, complete: HttpEngine) {
    this.#raw = raw;
    this.#complete = complete;
  }

  connectionSet(options: ConnectionOptions): ConnectionSet {
    const { http2, proxy } = options;
    if (!http2 && proxy === undefined) return this.#raw.connectionSet(options);
    const complete = this.#complete.connectionSet(options);
    if (http2 || proxy === undefined) return complete;
    return new ProxyingSet(this.#raw.connectionSet(options), complete, proxy);
  }

  rest(): void {
    this.#raw.rest();
    this.#complete.rest();
  }
}

/** The connections of a user that reaches some hosts through a proxy. */
class ProxyingSet implements ConnectionSet {
  readonly #direct: ConnectionSet;
  readonly #proxied: ConnectionSet;
  readonly #rules: ProxyRules;

  constructor(direct: ConnectionSet, proxied: ConnectionSet, rules: ProxyRules) {
    this.#direct = direct;
    this.#proxied = proxied;
    this.#rules = rules;
  }

  start(exchange: Exchange): void {
    const proxy = proxyFor(this.#rules, endpointOf(exchange.request.origin));
    (proxy === undefined ? this.#direct : this.#proxied).start(exchange);
  }

  close(): void {
    this.#direct.close();
    this.#proxied.close();
  }
}
