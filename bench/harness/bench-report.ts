import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';

const RESULTS = new URL('../results/', import.meta.url);

/** One line of a bench's table. */
export interface BenchRow {
  readonly case: string;
  readonly subject: string;
  /** What was measured, as shown, with its unit. */
  readonly value: string;
  /** The same as a number. */
  readonly number: number;
  /** Largest minus smallest of the rounds, over the median. */
  readonly spread?: number;
  /** Against wrk in the same rounds. */
  readonly ratioToWrk?: number;
  /** The goal as shown, and whether it is met; both absent where there is none. */
  readonly goal?: string;
  readonly isMet?: boolean;
  readonly note?: string;
}

/** Prints a bench's rows as a table and writes them to bench/results/NAME.json. */
export function reportBench(name: string, rows: readonly BenchRow[]): void {
  const lines = rows.map((row) => [
    row.case,
    row.subject,
    row.value,
    row.spread === undefined ? '' : `±${(row.spread * 50).toFixed(0)} %`,
    row.ratioToWrk === undefined ? '' : `${row.ratioToWrk.toFixed(2)} × wrk`,
    row.goal === undefined ? '' : `${row.goal}${row.isMet === true ? ' met' : ' MISSED'}`,
    row.note ?? '',
  ]);
  console.log(
    `\n${name}\n${table(['case', 'subject', 'figure', 'spread', 'ratio', 'goal', ''], lines)}`,
  );
  mkdirSync(RESULTS, { recursive: true });
  const written = { bench: name, at: new Date().toISOString(), ...machine(), rows };
  writeFileSync(new URL(`${name}.json`, RESULTS), `${JSON.stringify(written, null, 2)}\n`);
}

function machine(): { node: string; cpu: string; cores: number } {
  return { node: process.version, cpu: cpus()[0]?.model ?? 'unknown', cores: cpus().length };
}

function table(head: readonly string[], lines: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) =>
    Math.max(title.length, ...lines.map((line) => line[column]?.length ?? 0)),
  );
  return [head, ...lines]
    .map((line) =>
      line
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
