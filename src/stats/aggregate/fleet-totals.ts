import { Figures } from './figures.ts';
import { type LiveWorkerFigures, WorkerTotals } from './worker-totals.ts';

/** All workers of a run by id: their own figures, and what the fleet has of each level together. */
export class FleetTotals {
  readonly #workers = new Map<string, WorkerTotals>();
  /** Workers that were given up, also those that have not reported yet. */
  readonly #lost = new Set<string>();
  /** These figures are used again for every worker, so that a snapshot allocates little. */
  readonly #sums = new Figures();

  /** A worker's totals, made now where it has none. */
  of(workerId: string): WorkerTotals {
    let worker = this.#workers.get(workerId);
    if (worker === undefined) {
      worker = new WorkerTotals();
      worker.isLost = this.#lost.has(workerId);
      this.#workers.set(workerId, worker);
    }
    return worker;
  }

  /** What a worker's intervals tell of it; `undefined` before its first. */
  figures(workerId: string, lastSecond: number): LiveWorkerFigures | undefined {
    return this.#workers.get(workerId)?.figures(lastSecond, this.#sums);
  }

  /** Says whether a worker is given up now. */
  setLost(workerId: string, isLost: boolean): void {
    if (isLost) this.#lost.add(workerId);
    else this.#lost.delete(workerId);
    const worker = this.#workers.get(workerId);
    if (worker !== undefined) worker.isLost = isLost;
  }

  /** The newest second that every worker which is not lost has reported, at most `newestSecond`. */
  reportedSecond(newestSecond: number): number {
    let second = newestSecond;
    for (const worker of this.#workers.values()) {
      if (!worker.isLost) second = Math.min(second, worker.newestSecond);
    }
    return second;
  }

  /** Users running as the workers last said; those of lost workers are left out. */
  get users(): number {
    let users = 0;
    for (const worker of this.#workers.values()) if (!worker.isLost) users += worker.users;
    return users;
  }

  /** Exchanges on the wire, by whether their end is still expected. */
  onWire(): { readonly inFlight: number; readonly unknown: number } {
    let inFlight = 0;
    let unknown = 0;
    for (const worker of this.#workers.values()) {
      inFlight += worker.inFlight;
      unknown += worker.unknown;
    }
    return { inFlight, unknown };
  }
}
