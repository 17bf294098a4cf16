import type { HttpResponse } from './http-response.ts';

/** One request name as the statistics know it; made by the sink, opaque to the client. */
export interface ExchangeName {
  readonly method: string;
  readonly name: string;
}

/**
 * How a request ended; filled in by the client, read by the sink before `finished` returns (the
 * client may use the object again afterwards). Times are integer microseconds >= 0.
 */
export interface RequestOutcome {
  /** As recorded: the status and the script's `check` included. */
  readonly ok: boolean;
  /** Status of the final answer; 0 where none came. */
  readonly status: number;
  /** Short stable name of the failure; `undefined` where `ok`. */
  readonly error: string | undefined;
  /** Whether the last exchange went on the wire; where not, the failure counts as `notSent`. */
  readonly sent: boolean;
  /** From when the script asked (or the iteration was due) to the last byte. */
  readonly responseUs: number;
  /** From when the engine acted to the last byte. */
  readonly serviceUs: number;
  /** From when it could have been sent to when the engine acted: the generator's own lateness. */
  readonly lagUs: number;
  /** From when the engine acted to the first byte of the final answer; -1 where none came. */
  readonly ttfbUs: number;
  /** Wire bytes with headers of the last exchange (earlier hops were given to `redirected`). */
  readonly bytesReceived: number;
  /** Length of the decoded body. */
  readonly contentBytes: number;
  /** `Clock.nowUs` at the last byte: decides which second the request belongs to. */
  readonly finishedAtUs: number;
}

/**
 * Where the HTTP client reports what it did. Every exchange that goes on the wire is announced by
 * `sent` and ends in exactly one of `redirected`, `abandoned` and `finished`; a request that fails
 * before anything was sent ends in `finished` alone, with `sent: false`.
 */
export interface ExchangeSink {
  /** Looks a name up, or adds it; cheap enough for every request. */
  nameOf(method: string, name: string): ExchangeName;
  /** The first byte of an exchange is handed to the connection now. */
  sent(name: ExchangeName): void;
  /** The answer leads to a further exchange of the same request. */
  redirected(name: ExchangeName, bytesReceived: number, finishedAtUs: number): void;
  /** Cut while on the wire, at the end of a stop. */
  abandoned(name: ExchangeName, bytesReceived: number, finishedAtUs: number): void;
  /**
   * The request is over. `sentAs` is the name given to `sent`, `name` the one to count it under.
   *
   * @param response - The answer, as the script gets it; for those who look closer than at figures.
   */
  finished(
    sentAs: ExchangeName,
    name: ExchangeName,
    outcome: RequestOutcome,
    response?: HttpResponse,
  ): void;
}
