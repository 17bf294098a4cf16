import type { ExchangeName, ExchangeSink } from '../../src/measure/exchange-sink.ts';
import type { RequestOutcome } from '../../src/measure/request-outcome.ts';

/** One request as the sink heard of it. */
export interface RecordedRequest extends RequestOutcome {
  readonly method: string;
  readonly name: string;
}

/** A sink that keeps everything, and holds the client to the order of calls that the interface states. */
export class RecordingSink implements ExchangeSink {
  readonly requests: RecordedRequest[] = [];
  readonly redirectedBytes: number[] = [];
  sentCount = 0;
  redirectedCount = 0;
  abandonedCount = 0;
  #openCount = 0;

  nameOf(method: string, name: string): ExchangeName {
    return { method, name };
  }

  sent(): void {
    this.sentCount += 1;
    this.#openCount += 1;
  }

  redirected(_name: ExchangeName, bytesReceived: number): void {
    this.redirectedCount += 1;
    this.redirectedBytes.push(bytesReceived);
    this.#close();
  }

  abandoned(): void {
    this.abandonedCount += 1;
    this.#close();
  }

  finished(_sentAs: ExchangeName, name: ExchangeName, outcome: RequestOutcome): void {
    this.requests.push({ ...outcome, ...name });
    if (outcome.sent) this.#close();
  }

  /** The terms of the contract's ledger. */
  ledger(): Record<string, number> {
    return {
      sent: this.sentCount,
      succeeded: this.requests.filter((request) => request.ok).length,
      failed: this.requests.filter((request) => !request.ok).length,
      notSent: this.requests.filter((request) => !request.ok && !request.sent).length,
      abandoned: this.abandonedCount,
      redirected: this.redirectedCount,
    };
  }

  /** Whether sent = succeeded + (failed − notSent) + abandoned + redirected, with nothing left open. */
  get isClosed(): boolean {
    return this.#openCount === 0;
  }

  /** The request recorded last. */
  last(): RecordedRequest {
    const request = this.requests.at(-1);
    if (request === undefined) throw new Error('no request was recorded');
    return request;
  }

  #close(): void {
    this.#openCount -= 1;
    if (this.#openCount < 0) throw new Error('an exchange ended that was not sent');
  }
}
