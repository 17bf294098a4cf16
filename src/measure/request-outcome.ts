/**
 * How a request ended, in the words that every protocol uses. The client fills it in and the sink
 * reads it before `finished` returns (the client may use the object again afterwards). Times are
 * integer microseconds >= 0.
 */
export interface RequestOutcome {
  /** What counts: the status and the script's `check` included. */
  readonly ok: boolean;
  /** Status of the final answer; 0 where none came, or where the protocol has none. */
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
