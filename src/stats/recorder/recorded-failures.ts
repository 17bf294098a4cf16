import { cutText } from '../bytes/cut-text.ts';
import type { ErrorCount, ExceptionCount } from '../interval/interval.ts';

/** Stands for the errors of a name past the limits. */
export const OTHER_ERRORS = '(other errors)';
/** Stands for the exceptions past the limit. */
export const OTHER_EXCEPTIONS = '(other exceptions)';

const MAX_ERROR_CHARS = 512;
const MAX_ERRORS_PER_NAME = 500;
/** The limit over all names: an interval stays small enough to send, however odd a server's answers are. */
const MAX_ERRORS = 2000;
/** Longest message of an exception, in UTF-16 units: at most three bytes each on the wire. */
export const MAX_MESSAGE_CHARS = 1000;
/** Longest traceback of an exception, in UTF-16 units. */
export const MAX_TRACEBACK_CHARS = 8000;
const MAX_EXCEPTIONS = 200;

interface ErrorTally {
  occurrences: number;
  firstUs: number;
  lastUs: number;
}

interface ErrorsOfName {
  readonly method: string;
  readonly name: string;
  readonly tallies: Map<string, ErrorTally>;
}

/** The errors of one second, by name and text, bounded in number and length. */
export class RecordedErrors {
  readonly #byName = new Map<object, ErrorsOfName>();
  #kinds = 0;

  /**
   * Counts a failure.
   *
   * @param name - The same object for the same name.
   * @param atUs - When, by the worker's clock.
   */
  count(
    name: { readonly method: string; readonly name: string },
    error: string,
    atUs: number,
  ): void {
    let errors = this.#byName.get(name);
    if (errors === undefined) {
      errors = { method: name.method, name: name.name, tallies: new Map() };
      this.#byName.set(name, errors);
    }
    const tally = this.#tallyOf(errors, cutText(error, MAX_ERROR_CHARS));
    tally.occurrences += 1;
    tally.firstUs = Math.min(tally.firstUs, atUs);
    tally.lastUs = Math.max(tally.lastUs, atUs);
  }

  /** Gives everything counted, with times from `startUs` on, and begins anew. */
  take(startUs: number): ErrorCount[] {
    const counts: ErrorCount[] = [];
    for (const { method, name, tallies } of this.#byName.values()) {
      for (const [error, { occurrences, firstUs, lastUs }] of tallies) {
        const first = Math.round(firstUs - startUs);
        const last = Math.round(lastUs - startUs);
        counts.push({ method, name, error, occurrences, firstUs: first, lastUs: last });
      }
    }
    this.#byName.clear();
    this.#kinds = 0;
    return counts;
  }

  #tallyOf(errors: ErrorsOfName, text: string): ErrorTally {
    const known = errors.tallies.get(text);
    if (known !== undefined) return known;
    const isFull = errors.tallies.size >= MAX_ERRORS_PER_NAME || this.#kinds >= MAX_ERRORS;
    if (isFull && text !== OTHER_ERRORS) return this.#tallyOf(errors, OTHER_ERRORS);
    const tally = { occurrences: 0, firstUs: Number.POSITIVE_INFINITY, lastUs: -Infinity };
    errors.tallies.set(text, tally);
    this.#kinds += 1;
    return tally;
  }
}

/** The exceptions of one second, by message and traceback, bounded in number and length. */
export class RecordedExceptions {
  readonly #tallies = new Map<
    string,
    { message: string; traceback: string; occurrences: number }
  >();

  /** Counts an exception. */
  count(givenMessage: string, givenTraceback: string): void {
    const message = cutText(givenMessage, MAX_MESSAGE_CHARS);
    const traceback = cutText(givenTraceback, MAX_TRACEBACK_CHARS);
    const key = `${message}\n${traceback}`;
    const known = this.#tallies.get(key);
    if (known !== undefined) {
      known.occurrences += 1;
    } else if (this.#tallies.size < MAX_EXCEPTIONS || message === OTHER_EXCEPTIONS) {
      this.#tallies.set(key, { message, traceback, occurrences: 1 });
    } else {
      this.count(OTHER_EXCEPTIONS, '');
    }
  }

  /** Gives everything counted and begins anew. */
  take(): ExceptionCount[] {
    const counts = [...this.#tallies.values()];
    this.#tallies.clear();
    return counts;
  }
}
