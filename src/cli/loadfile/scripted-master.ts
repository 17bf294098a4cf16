import type { RunMaster } from '../../master/run-master.ts';
import type { RequestTotals } from '../../measure/request-totals.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import { figuresJson } from '../../report/summary-json.ts';
import type { ScriptedRun } from './scripted-run.ts';

/** A run as its load file sees and steers it from the master. */
export class ScriptedMaster implements ScriptedRun {
  readonly #run: RunMaster;

  constructor(run: RunMaster) {
    this.#run = run;
  }

  scriptSink(): undefined {
    return undefined;
  }

  stop(reason: string): void {
    this.#run.log('info', `the script ends the run: ${reason}`);
    this.#run.stop('script');
  }

  sendMessage(name: string, data: Json, to: string | undefined): void {
    this.#run.desk.sendMessage(name, data, to);
  }

  exception(message: string, traceback: string): void {
    this.#run.desk.exception(message, traceback);
  }

  warn(text: string): void {
    this.#run.desk.lines.add('warn', text, null);
  }

  totals(): RequestTotals {
    const { figures, unknown, seconds } = this.#run.desk.totals();
    return figuresJson({ ...figures, unknown }, seconds);
  }
}
