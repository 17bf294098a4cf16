import type { RunObserver } from '../../master/record/run-observer.ts';
import { failureHint } from '../../report/failure-hints.ts';
import type { RunFigures } from '../../stats/snapshot/run-snapshot.ts';
import type { Log } from '../process/log.ts';

/** Writes to the log what to do about failures that a mistake in the options explains, each hint once. */
export class HintLines implements RunObserver {
  readonly #log: Log;
  readonly #said = new Set<string>();

  constructor(log: Log) {
    this.#log = log;
  }

  snapshot({ failures, ledger, host }: RunFigures): void {
    // Nothing to look at, as in most runs.
    if (failures.kinds === 0) return;
    const place = { host, hasSuccesses: ledger.succeeded > 0 };
    for (const { message } of failures.shown) {
      const hint = failureHint(message, place);
      if (hint === undefined || this.#said.has(hint)) continue;
      this.#said.add(hint);
      this.#log.write('warn', `${message}: ${hint}`);
    }
  }
}
