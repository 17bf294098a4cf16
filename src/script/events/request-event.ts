import { ResponseError } from '../../http/exchange/http-errors.ts';
import type { ExchangeName, ExchangeSink, MeasuredAnswer } from '../../measure/exchange-sink.ts';
import type { RequestOutcome } from '../../measure/request-outcome.ts';
import { processServices } from '../host/script-process.ts';

/** A request that is over, as listeners of `events.request` get it. */
export interface RequestEvent {
  /** The HTTP method, or what `fire` or `measure` were given. */
  readonly requestType: string;
  /** What it is counted under. */
  readonly name: string;
  /** Milliseconds, with decimals. */
  readonly responseTime: number;
  /** Length of the decoded body in bytes; 0 where nobody said. */
  readonly responseLength: number;
  /** The answer: an `HttpResponse` for HTTP; else what was given. */
  readonly response: unknown;
  /** Why it failed; `undefined` where it did not. For HTTP a `ResponseError`. */
  readonly exception: Error | undefined;
  /** What the request was given as `context`. */
  readonly context: unknown;
  /** When it began: milliseconds since 1970. */
  readonly startTime: number;
  /** As sent, after redirects; empty where there is none. */
  readonly url: string;
}

/** The event of a request that the HTTP client made and recorded. */
export function httpRequestEvent(
  name: ExchangeName,
  outcome: RequestOutcome,
  answer: MeasuredAnswer | undefined,
): RequestEvent {
  const responseTime = outcome.responseUs / 1000;
  return {
    requestType: name.method,
    name: name.name,
    responseTime,
    responseLength: outcome.contentBytes,
    response: answer,
    exception:
      outcome.error === undefined
        ? undefined
        : new ResponseError(`${name.method} ${name.name}`, outcome.error, outcome.status),
    context: answer?.context,
    startTime: (processServices().clock?.epochMs() ?? 0) - responseTime,
    url: answer?.url ?? '',
  };
}

/** Tells the listeners of each request that another sink has recorded. */
export class ObservedSink implements ExchangeSink {
  readonly #sink: ExchangeSink;
  readonly #listeners: { readonly isHeard: boolean; notify(event: RequestEvent): void };
  /** Requests that ended so far. */
  finishedCount = 0;

  /** @param listeners - Looked at once a request: nothing else is done where nobody listens. */
  constructor(
    sink: ExchangeSink,
    listeners: { readonly isHeard: boolean; notify(event: RequestEvent): void },
  ) {
    this.#sink = sink;
    this.#listeners = listeners;
  }

  nameOf(method: string, name: string): ExchangeName {
    return this.#sink.nameOf(method, name);
  }

  sent(name: ExchangeName): void {
    this.#sink.sent(name);
  }

  redirected(name: ExchangeName, bytesReceived: number, finishedAtUs: number): void {
    this.#sink.redirected(name, bytesReceived, finishedAtUs);
  }

  abandoned(name: ExchangeName, bytesReceived: number, finishedAtUs: number): void {
    this.#sink.abandoned(name, bytesReceived, finishedAtUs);
  }

  finished(
    sentAs: ExchangeName,
    name: ExchangeName,
    outcome: RequestOutcome,
    answer?: MeasuredAnswer,
  ): void {
    this.#sink.finished(sentAs, name, outcome);
    this.finishedCount += 1;
    if (this.#listeners.isHeard) this.#listeners.notify(httpRequestEvent(name, outcome, answer));
  }
}
