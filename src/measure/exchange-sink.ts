import type { RequestOutcome } from './request-outcome.ts';

/** One request name as the statistics know it; the sink makes it, and clients only hand it back. */
export interface ExchangeName {
  readonly method: string;
  readonly name: string;
}

/** An answer as far as a sink may look at it; each protocol's own answer has more. */
export interface MeasuredAnswer {
  /** Where it came from in the end; empty where there is no such address. */
  readonly url: string;
  /** What the script gave the request to recognise it by. */
  readonly context: unknown;
}

/**
 * Where the client of any protocol reports what it did. The client announces every exchange with
 * `sent` when it goes on the wire, and ends it in exactly one way: `redirected`, `abandoned` or
 * `finished`. A request that fails before anything was sent ends in `finished` alone, with
 * `sent: false` in its outcome.
 */
export interface ExchangeSink {
  /** Looks a name up, or adds it; cheap enough for every request. */
  nameOf(method: string, name: string): ExchangeName;
  /** The first byte of an exchange is handed to the connection now. */
  sent(name: ExchangeName): void;
  /** The answer leads to a further exchange of the same request. */
  redirected(name: ExchangeName, bytesReceived: number, finishedAtUs: number): void;
  /** The exchange was cut while on the wire, at the end of a stop. */
  abandoned(name: ExchangeName, bytesReceived: number, finishedAtUs: number): void;
  /**
   * The request is over.
   *
   * @param sentAs - The name that was given to `sent`.
   * @param name - The name to count the request under.
   * @param answer - The answer as the script gets it, for sinks that tell listeners of it.
   */
  finished(
    sentAs: ExchangeName,
    name: ExchangeName,
    outcome: RequestOutcome,
    answer?: MeasuredAnswer,
  ): void;
}
