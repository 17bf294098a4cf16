import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import type { RequestTotals } from '../../measure/request-totals.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import { thrownMeaningOf } from '../../script/events/thrown-meaning.ts';
import type { ProcessServices } from '../../script/host/script-process.ts';
import { traceOf } from '../../script/trace/trace.ts';

/** What a load file may do with the run from the master. */
export interface ScriptedRun {
  /** Where requests that the script measures itself are recorded now; `undefined` where none are. */
  scriptSink(): ExchangeSink | undefined;
  /** Ends the run gracefully, in the name of the script. */
  stop(reason: string): void;
  /** Sends a message of the script's. @param to - One worker; `undefined` for all. */
  sendMessage(name: string, data: Json, to: string | undefined): void;
  /** Counts an exception of the script on the master. */
  exception(message: string, traceback: string): void;
  /** A line for the run's log. */
  warn(text: string): void;
  /** The run's figures so far. */
  totals(): RequestTotals;
}

/** What the master's process does for the load file: everything that a run takes of a script. */
export class ScriptedServices implements ProcessServices {
  readonly clock: Clock;
  readonly #run: ScriptedRun;

  constructor(run: ScriptedRun, clock: Clock) {
    this.#run = run;
    this.clock = clock;
  }

  sink(): ExchangeSink | undefined {
    return this.#run.scriptSink();
  }

  reportException(thrown: unknown, where: string): void {
    const verdict = thrownMeaningOf(thrown);
    if (verdict === 'stop-test') this.#run.stop(messageOf(thrown));
    // What a script throws after a cut is a consequence of the cut.
    else if (verdict !== 'cut') this.#run.exception(messageOf(thrown), traceOf(thrown, where));
  }

  quit(reason: string): void {
    this.#run.stop(reason);
  }

  send(name: string, data: Json, to: string | undefined): void {
    this.#run.sendMessage(name, data, to);
  }

  warn(text: string): void {
    this.#run.warn(text);
  }

  totals(): RequestTotals {
    return this.#run.totals();
  }
}
