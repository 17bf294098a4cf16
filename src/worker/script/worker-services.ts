import type { Clock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import { thrownMeaningOf } from '../../script/events/thrown-meaning.ts';
import type { ProcessServices } from '../../script/host/script-process.ts';
import { traceOf } from '../../script/trace/trace.ts';
import type { LogLevel } from '../../stats/snapshot/run-snapshot.ts';
import type { ScriptLink } from './script-host.ts';

/** Takes lines that have no master to go to. */
export interface WorkerLogSink {
  log(level: LogLevel, text: string): void;
}

/** What a worker's process does for the load file: everything goes to the master, or is measured here. */
export class WorkerServices implements ProcessServices {
  readonly clock: Clock;
  readonly #link: ScriptLink;
  readonly #log: WorkerLogSink;
  /** Whether the process is about to end: the last interval is on its way, and takes no more exceptions. */
  isQuitting = false;

  constructor(clock: Clock, link: ScriptLink, log: WorkerLogSink) {
    this.clock = clock;
    this.#link = link;
    this.#log = log;
  }

  sink(): ExchangeSink {
    return this.#link.sink;
  }

  reportException(thrown: unknown, where: string): void {
    if (this.isQuitting) {
      this.#log.log('error', traceOf(thrown, where));
      return;
    }
    const verdict = thrownMeaningOf(thrown);
    if (verdict === 'stop-test') this.#link.stopTest(messageOf(thrown));
    // What a script throws after a cut is a consequence of the cut.
    else if (verdict !== 'cut') this.#link.exception(messageOf(thrown), traceOf(thrown, where));
  }

  quit(reason: string): void {
    this.#link.stopTest(reason);
  }

  send(name: string, data: Json): void {
    this.#link.send(name, data);
  }

  warn(text: string): void {
    this.#link.log('warn', text);
  }

  totals(): undefined {
    return undefined;
  }
}
