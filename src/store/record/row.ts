import type { SQLOutputValue, StatementSync } from 'node:sqlite';
import { KatydidError } from '../../base/errors.ts';

/** A value as it goes into SQLite. */
export type ColumnValue = number | string | Uint8Array | null;

/**
 * A row as it came from a run file, which anybody may have written: every column is checked for its
 * type when it is read, and a wrong one is an error as `damage` makes it.
 */
export class Row {
  readonly #values: Readonly<Record<string, SQLOutputValue>>;

  constructor(values: Readonly<Record<string, SQLOutputValue>>) {
    this.#values = values;
  }

  /** A finite number. */
  number(column: string): number {
    const value = this.#values[column];
    if (typeof value !== 'number' || !Number.isFinite(value)) throw wrongColumn(column);
    return value;
  }

  /** A finite number, or null where the column is empty. */
  numberOrNull(column: string): number | null {
    return this.#values[column] === null ? null : this.number(column);
  }

  /** A finite number; `undefined` where the file is older than the column. */
  numberIfAny(column: string): number | undefined {
    return Object.hasOwn(this.#values, column) ? this.number(column) : undefined;
  }

  /** A text. */
  text(column: string): string {
    const value = this.#values[column];
    if (typeof value !== 'string') throw wrongColumn(column);
    return value;
  }

  /** A text, or null where the column is empty. */
  textOrNull(column: string): string | null {
    return this.#values[column] === null ? null : this.text(column);
  }

  /** Bytes that are the caller's to keep. */
  bytes(column: string): Uint8Array {
    const value = this.#values[column];
    if (!(value instanceof Uint8Array)) throw wrongColumn(column);
    return value;
  }
}

/** The one row that a statement gives, or `undefined`. */
export function rowOf(statement: StatementSync, ...parameters: ColumnValue[]): Row | undefined {
  const values = statement.get(...parameters);
  return values === undefined ? undefined : new Row(values);
}

/** The rows that a statement gives, one at a time. */
export function* rowsOf(statement: StatementSync, ...parameters: ColumnValue[]): Generator<Row> {
  for (const values of statement.iterate(...parameters)) yield new Row(values);
}

/** What is wrong inside a run file; the caller that opened the file adds its path. */
export function damage(what: string): KatydidError {
  return new KatydidError('KAT_STORE', what);
}

function wrongColumn(column: string): KatydidError {
  return damage(`a wrong value in the column ${column}`);
}
