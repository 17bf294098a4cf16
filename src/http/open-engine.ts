import type { Clock } from '../base/clock.ts';
import type { SendFence } from '../base/send-fence.ts';
import { SocketBudget } from './connection/socket-budget.ts';
import { endpointOf } from './exchange/endpoint.ts';
import type { ConnectionOptions, ConnectionSet, HttpEngine } from './exchange/engine.ts';
import type { Exchange } from './exchange/exchange.ts';
import { type ProxyRules, proxyFor } from './exchange/proxy-rules.ts';
import { RawEngine } from './raw/raw-engine.ts';
import type { HttpOptions } from './user/http-options.ts';

/** How the engine is chosen: `auto` takes raw wherever it applies. */
export type EngineChoice = 'auto' | 'raw' | 'undici';

/**
 * The engine for users with these options. undici is loaded only where it is needed: that takes time and
 * memory that most runs have no use for.
 *
 * @param options - Of every class that takes part.
 * @param sockets - How many sockets all users may have.
 * @param fence - Holds exchanges back while it is shut; absent: never.
 */
export async function openEngine(
  choice: EngineChoice,
  clock: Clock,
  options: readonly HttpOptions[],
  sockets: SocketBudget = new SocketBudget(),
  fence?: SendFence,
): Promise<HttpEngine> {
  // Whether they are of any use is for the session to say, to the user that has them.
  const needsMore = options.some(
    ({ http2, proxy }) => http2 === true || (proxy !== undefined && proxy !== ''),
  );
  if (choice === 'raw' || (choice === 'auto' && !needsMore)) {
    return new RawEngine(clock, sockets, fence);
  }
  const { UndiciEngine } = await import('./undici/undici-engine.ts');
  const complete = new UndiciEngine(clock, sockets, fence);
  if (choice === 'undici') return complete;
  return new AutoEngine(new RawEngine(clock, sockets, fence), complete);
}

/** Whether some of what these options ask for is more than raw can do. */
function isBeyondRaw(options: ConnectionOptions): boolean {
  return options.http2 || options.proxy !== undefined;
}

/** Raw wherever it applies, and the complete engine where it does not. */
export class AutoEngine implements HttpEngine {
  readonly #raw: HttpEngine;
  readonly #complete: HttpEngine;

  constructor(raw: HttpEngine, complete: HttpEngine) {
    this.#raw = raw;
    this.#complete = complete;
  }

  connectionSet(options: ConnectionOptions): ConnectionSet {
    const { http2, proxy } = options;
    if (!isBeyondRaw(options)) return this.#raw.connectionSet(options);
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
