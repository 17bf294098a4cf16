import type { HistoryRows, RunHistory } from './run-snapshot.ts';

type Column = Exclude<keyof RunHistory, 't'>;

/** The columns of a history, and what a second has before anything is known of it. */
const EMPTY: Readonly<Record<Column, number | null>> = {
  users: 0,
  rps: 0,
  failPs: 0,
  p50: null,
  p95: null,
  p99: null,
  service95: null,
  lag99: null,
  inFlight: 0,
  loopMax: 0,
};
// The keys of a constant object.
const COLUMNS = Object.keys(EMPTY) as Column[];

/** Further seconds than two weeks are nonsense, and would cost memory. */
const MAX_SECONDS = 14 * 86_400;

/** Puts a run's history together from the rows that the master sends; later rows replace earlier ones. */
export class HistoryBuffer {
  readonly #columns = new Map<Column, (number | null)[]>(COLUMNS.map((name) => [name, []]));
  #length = 0;

  /** Takes rows up; seconds that nobody has sent yet are empty. */
  take(rows: HistoryRows): void {
    for (const [at, second] of rows.second.entries()) {
      if (!Number.isInteger(second) || second < 0 || second >= MAX_SECONDS) continue;
      while (this.#length <= second) this.#grow();
      for (const [name, values] of this.#columns) values[second] = rows[name][at] ?? EMPTY[name];
    }
  }

  /** The history so far; a copy, which later rows do not change. */
  history(): RunHistory {
    const copies = [...this.#columns].map(([name, values]) => [name, [...values]] as const);
    // Only columns of times have null in them: `take` fills the others with numbers.
    return {
      t: Array.from({ length: this.#length }, (_, second) => (second + 1) * 1000),
      ...Object.fromEntries(copies),
    } as unknown as RunHistory;
  }

  #grow(): void {
    for (const [name, values] of this.#columns) values.push(EMPTY[name]);
    this.#length += 1;
  }
}
