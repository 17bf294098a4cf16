import { ScriptError } from '../../base/errors.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import type { RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import { cutText } from '../../stats/bytes/cut-text.ts';
import type { NameTotals } from '../../stats/interval/name-totals.ts';
import { MAX_MESSAGE_CHARS, MAX_TRACEBACK_CHARS } from '../../stats/recorder/recorded-failures.ts';
import { MASTER_ID } from '../../store/record/run-record.ts';
import type { Fleet } from '../fleet/fleet.ts';
import { ExceptionNews } from './exception-news.ts';
import type { Journal } from './journal.ts';
import type { RunLog } from './run-log.ts';
import type { RunTime } from './run-time.ts';
import { ScriptLines } from './script-lines.ts';

/** What the desk works with. */
export interface ScriptDeskOptions {
  readonly fleet: Fleet;
  readonly aggregate: RunAggregate;
  readonly journal: Journal;
  readonly log: RunLog;
  readonly time: RunTime;
}

/** Serves the load file on the master: sends its messages, counts its exceptions, tells it figures. */
export class ScriptDesk {
  readonly #options: ScriptDeskOptions;
  /** What the log says of exceptions, those of workers included. */
  readonly exceptions: ExceptionNews;
  /** What scripts and workers print. */
  readonly lines: ScriptLines;

  constructor(options: ScriptDeskOptions) {
    this.#options = options;
    this.exceptions = new ExceptionNews(options.log);
    this.lines = new ScriptLines(options.log, options.time);
  }

  /** The run is over: the log says what it has left out so far. */
  end(): void {
    this.exceptions.end();
    this.lines.end();
  }

  /**
   * Sends a message from the script on the master to scripts on workers.
   *
   * @param to - One worker; `undefined`: all that have loaded the script.
   * @throws {ScriptError} Where there is no such worker.
   */
  sendMessage(name: string, data: Json, to: string | undefined): void {
    const { fleet } = this.#options;
    const members = fleet.members().filter((each) => each.hasScript);
    const chosen = to === undefined ? members : members.filter((each) => each.workerId === to);
    if (to !== undefined && chosen.length === 0) {
      throw new ScriptError(`sendMessage '${name}': there is no worker ${to} now`);
    }
    for (const member of chosen) fleet.send(member, { type: 'script-message', name, data });
  }

  /** Counts an exception of the script on the master, in the report as on every worker. */
  exception(message: string, traceback: string): void {
    const { aggregate, journal } = this.#options;
    const exception = {
      message: cutText(message, MAX_MESSAGE_CHARS),
      traceback: cutText(traceback, MAX_TRACEBACK_CHARS),
      occurrences: 1,
    };
    aggregate.addException(MASTER_ID, exception);
    journal.exception(message, traceback);
    this.exceptions.add(exception, null);
  }

  /** Figures of all requests since the statistics last started; rates are over `seconds`. */
  totals(): {
    readonly figures: NameTotals;
    readonly unknown: number;
    readonly seconds: number;
  } {
    const { aggregate, time } = this.#options;
    return {
      figures: aggregate.total(),
      unknown: aggregate.ledger().unknown,
      seconds: Math.max(0, time.runMs / 1000 - aggregate.measuredFromSecond),
    };
  }
}
