import type { Clock } from '../base/clock.ts';
import { CookieStore } from './cookie-store.ts';
import type { ConnectionSet, HttpEngine } from './engine.ts';
import type { ExchangeSink } from './exchange-sink.ts';
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

/** A request that is under way; a link in the chain of its user's, which costs nothing to join. */
export interface RunningRequest {
  /** For `UserHttp` alone: its neighbours. */
  before: RunningRequest | undefined;
  after: RunningRequest | undefined;
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
  readonly cookies: CookieStore;
  #latest: RunningRequest | undefined = undefined;
  isCut = false;
  /** When the user was free for its next iteration; -1 for not known. */
  freeUs = -1;
  #dueUs = -1;
  #lateUs = 0;

  constructor(parts: UserHttpParts) {
    this.sink = parts.sink;
    this.engine = parts.engine;
    this.clock = parts.clock;
    this.settings = settingsOf(parts.options ?? NO_OPTIONS);
    this.connections = parts.engine.connectionSet(this.settings.connection);
    this.cookies = new CookieStore(parts.clock, parts.baseUrl);
  }

  /** Due time of the iteration that begins now; -1 where its first request has taken it. */
  get dueUs(): number {
    return this.#dueUs;
  }

  set dueUs(dueUs: number) {
    this.#dueUs = dueUs;
    if (dueUs < 0) {
      this.#lateUs = 0;
      return;
    }
    // What the script does before its first request is no lateness of ours, so that is measured here.
    this.#lateUs = Math.max(this.clock.nowUs() - Math.max(dueUs, this.freeUs), 0);
  }

  /** The lateness of the iteration, for its first request alone. */
  takeLateUs(): number {
    const lateUs = this.#lateUs;
    this.#lateUs = 0;
    return lateUs;
  }

  /** The due time of the iteration, for its first request alone; -1 without. */
  takeDueUs(): number {
    const dueUs = this.#dueUs;
    this.#dueUs = -1;
    return dueUs;
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
  }

  /** Ends everything under way, and every request to come. */
  cut(): void {
    this.isCut = true;
    // Each leaves the chain as it is cut.
    while (this.#latest !== undefined) this.#latest.cut();
  }
}
