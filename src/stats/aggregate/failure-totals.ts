import type { ErrorCount, ExceptionCount } from '../interval/interval.ts';
import { OTHER_ERRORS, OTHER_EXCEPTIONS } from '../recorder/recorded-failures.ts';

const MAX_ERRORS = 10_000;
const MAX_EXCEPTIONS = 1000;

/** Failures of one kind over all workers. Offsets are microseconds since the run's start. */
export interface ErrorTotal {
  readonly method: string;
  readonly name: string;
  readonly error: string;
  occurrences: number;
  firstUs: number;
  lastUs: number;
}

/** Exceptions of one kind, and who saw them. */
export interface ExceptionTotal {
  readonly message: string;
  readonly traceback: string;
  occurrences: number;
  readonly workers: Set<string>;
}

/** All failures of a run by (method, name, error); past 10,000 kinds the rest of a name share one. */
export class ErrorTotals {
  readonly #totals = new Map<string, ErrorTotal>();

  /** Distinct kinds. */
  get kinds(): number {
    return this.#totals.size;
  }

  /** Adds what one interval counted. */
  add(count: ErrorCount): void {
    const total = this.#totalOf(count.method, count.name, count.error);
    total.occurrences += count.occurrences;
    total.firstUs = Math.min(total.firstUs, count.firstUs);
    total.lastUs = Math.max(total.lastUs, count.lastUs);
  }

  /** In the order of first sight. */
  get all(): Iterable<ErrorTotal> {
    return this.#totals.values();
  }

  /** The `limit` most frequent, biggest first, of equal ones the earlier first. */
  top(limit: number): ErrorTotal[] {
    return [...this.#totals.values()]
      .sort((a, b) => b.occurrences - a.occurrences || a.firstUs - b.firstUs)
      .slice(0, limit);
  }

  /** Back to none. */
  clear(): void {
    this.#totals.clear();
  }

  #totalOf(method: string, name: string, error: string): ErrorTotal {
    const key = JSON.stringify([method, name, error]);
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    if (this.#totals.size >= MAX_ERRORS && error !== OTHER_ERRORS) {
      return this.#totalOf(method, name, OTHER_ERRORS);
    }
    const total = {
      method,
      name,
      error,
      occurrences: 0,
      firstUs: Number.POSITIVE_INFINITY,
      lastUs: Number.NEGATIVE_INFINITY,
    };
    this.#totals.set(key, total);
    return total;
  }
}

/** All exceptions of a run by (message, traceback); past 1,000 kinds the rest share one. */
export class ExceptionTotals {
  readonly #totals = new Map<string, ExceptionTotal>();
  #occurrences = 0;

  /** Distinct kinds. */
  get kinds(): number {
    return this.#totals.size;
  }

  /** Exceptions in all. */
  get occurrences(): number {
    return this.#occurrences;
  }

  /** In the order in which they were first seen. */
  get all(): ExceptionTotal[] {
    return [...this.#totals.values()];
  }

  /** Adds what one interval of a worker counted. */
  add(workerId: string, count: ExceptionCount): void {
    const total = this.#totalOf(count.message, count.traceback);
    total.occurrences += count.occurrences;
    total.workers.add(workerId);
    this.#occurrences += count.occurrences;
  }

  #totalOf(message: string, traceback: string): ExceptionTotal {
    const key = JSON.stringify([message, traceback]);
    const known = this.#totals.get(key);
    if (known !== undefined) return known;
    if (this.#totals.size >= MAX_EXCEPTIONS && message !== OTHER_EXCEPTIONS) {
      return this.#totalOf(OTHER_EXCEPTIONS, '');
    }
    const total = { message, traceback, occurrences: 0, workers: new Set<string>() };
    this.#totals.set(key, total);
    return total;
  }
}
