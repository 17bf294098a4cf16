import { formatTime } from '../../base/format.ts';
import { usToMs } from '../../base/units.ts';
import type { ExchangeName, ExchangeSink } from '../../measure/exchange-sink.ts';
import type { RequestOutcome } from '../../measure/request-outcome.ts';
import { maskedUrl } from './mask-secrets.ts';
import type { TrialLines } from './trial-lines.ts';

/** How a trial tells of the requests that it records. */
export interface OnceSinkOptions {
  readonly lines: TrialLines;
  /** Whether each request gets a line, since no engine shows its exchanges; else only failed ones do. */
  readonly showsEach: boolean;
}

/** Counts what a trial does, hands it on to be recorded, and says which requests failed. */
export class OnceSink implements ExchangeSink {
  readonly #recorder: ExchangeSink;
  readonly #options: OnceSinkOptions;
  #requests = 0;
  #failed = 0;

  constructor(recorder: ExchangeSink, options: OnceSinkOptions) {
    this.#recorder = recorder;
    this.#options = options;
  }

  /** Requests that are over. */
  get requests(): number {
    return this.#requests;
  }

  /** Requests that are over and failed. */
  get failed(): number {
    return this.#failed;
  }

  nameOf(method: string, name: string): ExchangeName {
    return this.#recorder.nameOf(method, name);
  }

  sent(name: ExchangeName): void {
    this.#recorder.sent(name);
  }

  redirected(name: ExchangeName, bytesReceived: number, finishedAtUs: number): void {
    this.#recorder.redirected(name, bytesReceived, finishedAtUs);
  }

  abandoned(name: ExchangeName, bytesReceived: number, finishedAtUs: number): void {
    this.#recorder.abandoned(name, bytesReceived, finishedAtUs);
  }

  finished(sentAs: ExchangeName, name: ExchangeName, outcome: RequestOutcome): void {
    this.#requests += 1;
    if (!outcome.ok) this.#failed += 1;
    const { lines, showsEach } = this.#options;
    // A message of the script's may hold anything that the answer held.
    const error = outcome.error === undefined ? undefined : maskedUrl(outcome.error);
    const shown = `${name.method} ${maskedUrl(name.name)}`;
    const took = formatTime(usToMs(outcome.responseUs));
    if (showsEach) lines.print(`${shown} -> ${outcome.ok ? 'ok' : (error ?? 'failed')} in ${took}`);
    if (!outcome.ok) lines.print(`  failed: ${shown}: ${error ?? 'failed'}`);
    this.#recorder.finished(sentAs, name, outcome);
  }
}
