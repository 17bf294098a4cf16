import type { Clock } from '../../base/clock.ts';
import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import {
  type ConnectionSet,
  type HttpEngine,
  MAX_CONNECTIONS_PER_ORIGIN,
} from '../exchange/engine.ts';
import { CookieStore } from './cookie-store.ts';
import { DueTime } from './due-time.ts';
import type { HttpOptions } from './http-options.ts';
import { type HttpSettings, settingsOf } from './http-settings.ts';

/** What the client of a user is made from. */
export interface UserHttpParts {
  readonly sink: ExchangeSink;
  readonly engine: HttpEngine;
  readonly clock: Clock;
  /** With scheme: what paths are put behind. */
  readonly baseUrl: string;
  readonly options?: HttpOptions;
}

/** A request under way. Those of one user form a chain, which costs nothing to join. */
export interface RunningRequest {
  /** Its neighbours in the chain, which `UserHttp` alone may set. */
  before: RunningRequest | undefined;
  after: RunningRequest | undefined;
  readonly method: string;
  readonly url: string;
  /** Whether its task need not wait for it. */
  readonly isBackground: boolean;
  /** Made where the script asked for it; `undefined` where nobody wants to know. */
  caller: Error | undefined;
  /** The iteration that made it is over. */
  iterationEnded(): void;
  /** Ends it now: abandoned where it was sent, counted nowhere where not. */
  cut(): void;
}

const NO_OPTIONS: HttpOptions = {};

/** What all sessions of one user share: `client` and everything made from it with `extend`. */
export class UserHttp {
  readonly sink: ExchangeSink;
  readonly engine: HttpEngine;
  readonly clock: Clock;
  readonly settings: HttpSettings;
  readonly connections: ConnectionSet;
  readonly #baseUrl: string;
  /** Made when it is first asked for: most users under load never have a cookie. */
  #cookies: CookieStore | undefined = undefined;
  #latest: RunningRequest | undefined = undefined;
  isCut = false;
  /** Whether requests note where the script asks for them, which takes time and memory. */
  notesCallers = false;
  /** Where somebody waits for room: how many requests have to leave before. */
  #leavesToRoom = 0;
  #onRoom: (() => void) | undefined = undefined;
  readonly dueTime: DueTime;

  constructor(parts: UserHttpParts) {
    this.sink = parts.sink;
    this.engine = parts.engine;
    this.clock = parts.clock;
    this.dueTime = new DueTime(parts.clock);
    this.settings = settingsOf(parts.options ?? NO_OPTIONS);
    this.connections = parts.engine.connectionSet(this.settings.connection);
    this.#baseUrl = parts.baseUrl;
  }

  /** The cookies of this user. */
  get cookies(): CookieStore {
    this.#cookies ??= new CookieStore(this.clock, this.#baseUrl);
    return this.#cookies;
  }

  /** The value of the `cookie` header for a request; the empty string for none. */
  cookieHeaderFor(origin: string, path: string): string {
    return this.#cookies?.headerFor(origin, path) ?? '';
  }

  /** A request begins. */
  enter(request: RunningRequest): void {
    request.after = this.#latest;
    if (this.#latest !== undefined) this.#latest.before = request;
    this.#latest = request;
  }

  /** A request is over; it has entered. */
  leave(request: RunningRequest): void {
    if (request.before === undefined) this.#latest = request.after;
    else request.before.after = request.after;
    if (request.after !== undefined) request.after.before = request.before;
    request.before = undefined;
    request.after = undefined;
    if (this.#leavesToRoom > 0) this.#leaveRoom();
  }

  /** The newest request that is under way though its task ended, and that was to be waited for. */
  unawaited(): RunningRequest | undefined {
    let request = this.#latest;
    while (request?.isBackground === true) request = request.after;
    return request;
  }

  /**
   * Resolves when fewer requests are under way than the user has connections to one origin; `undefined`
   * where that is so. One waits at a time.
   */
  untilRoom(): Promise<void> | undefined {
    let count = 0;
    for (let request = this.#latest; request !== undefined; request = request.after) count += 1;
    if (count < MAX_CONNECTIONS_PER_ORIGIN) return undefined;
    this.#leavesToRoom = count - MAX_CONNECTIONS_PER_ORIGIN + 1;
    return new Promise((resolve) => {
      this.#onRoom = resolve;
    });
  }

  #leaveRoom(): void {
    this.#leavesToRoom -= 1;
    if (this.#leavesToRoom === 0) this.#onRoom?.();
  }

  /** An iteration is over: bodies that were streamed in it and that nobody reads are given up. */
  iterationEnded(): void {
    let request = this.#latest;
    while (request !== undefined) {
      // It may leave the chain.
      const next = request.after;
      request.iterationEnded();
      request = next;
    }
  }

  /** Ends everything under way, and every request to come. */
  cut(): void {
    this.isCut = true;
    // Each leaves the chain as it is cut.
    while (this.#latest !== undefined) this.#latest.cut();
  }
}
