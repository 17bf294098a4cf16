import { DISTRIBUTIONS, SECOND_DISTRIBUTIONS, SUMS } from '../../stats/interval/name-counters.ts';

/**
 * The run file: one SQLite file from which every output is made.
 *
 * The master commits the intervals of all workers as they came, then acknowledges them; every ten
 * seconds or so they are merged into three foldings (second × name, second × worker, lease × name)
 * and the figures of each phase × name, and their payloads are deleted, all in one transaction. What
 * a crash left unmerged is merged when the file is read.
 *
 * Three foldings rather than a row for each second, worker and name: no view needs all three at once,
 * and it decides the size. With 10,000 requests/s, an hour of 100 names on 100 workers has 360,000
 * rows of second × name with about 270 bytes (100 requests each; response time and time to first
 * byte) and as many of second × worker with about 370 (three distributions), and 360,000 numbers of
 * intervals with about 30 in table and index: 0.24 GB, and 7 MB for intervals in waiting. A row for
 * each second, worker and name would make it 36 million rows and 1.4 GB. Fewer requests, fewer
 * bytes: a name without requests in a second has no row.
 *
 * A lease has one row for all its names, with counts alone (see `lease-names.ts`): they tell what a lost
 * worker had in flight. A row for each name and its response times, as formats 1 and 2 had
 * it, cost the writer more than everything else together, and nothing ever looked at them.
 *
 * `leases` has what each lease had sent by name at its worker's last word, written again each second. From
 * it follows what is unknown where the worker died.
 *
 * Rows are in rowid tables with a unique index, since rows of this size would make a tree without
 * rowids deep. Payloads are in a table of their own, as a row that shrinks leaves its page half empty.
 */
export const SCHEMA_SQL: string = `
CREATE TABLE run (key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE workers (
  id INTEGER PRIMARY KEY, worker_id TEXT NOT NULL UNIQUE, node_id TEXT NOT NULL, host TEXT NOT NULL,
  pid INTEGER NOT NULL, status TEXT NOT NULL
) STRICT;
CREATE TABLE names (
  id INTEGER PRIMARY KEY, method TEXT NOT NULL, name TEXT NOT NULL, UNIQUE (name, method)
) STRICT;
CREATE TABLE phases (from_second INTEGER PRIMARY KEY) STRICT;
CREATE TABLE intervals (
  id INTEGER PRIMARY KEY, worker INTEGER NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
  second INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX intervals_once ON intervals (worker, epoch, sequence);
CREATE TABLE pending (interval INTEGER PRIMARY KEY, payload BLOB NOT NULL) STRICT;
CREATE TABLE leases (
  worker INTEGER NOT NULL, epoch INTEGER NOT NULL, second INTEGER, sent BLOB, at_most_more INTEGER
) STRICT;
CREATE UNIQUE INDEX leases_once ON leases (worker, epoch);
CREATE TABLE second_names (
  second INTEGER NOT NULL, name INTEGER NOT NULL, ${columnsOf(SUMS, 'INTEGER')},
  statuses TEXT NOT NULL, ${columnsOf(SECOND_DISTRIBUTIONS, 'BLOB')}
) STRICT;
CREATE UNIQUE INDEX second_names_once ON second_names (second, name);
CREATE TABLE second_workers (
  second INTEGER NOT NULL, worker INTEGER NOT NULL, epoch INTEGER NOT NULL, sequence INTEGER NOT NULL,
  users INTEGER NOT NULL, users_peak INTEGER NOT NULL, in_flight INTEGER NOT NULL, cpu_ratio REAL NOT NULL, loop_ratio REAL NOT NULL,
  memory_bytes REAL NOT NULL, clock_offset_us REAL NOT NULL, clock_error_us REAL NOT NULL,
  stalled_us INTEGER NOT NULL, longest_stall_us INTEGER NOT NULL, stalled_requests INTEGER NOT NULL,
  succeeded INTEGER NOT NULL, failed INTEGER NOT NULL,
  response BLOB NOT NULL, service BLOB NOT NULL, lag BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX second_workers_once ON second_workers (second, worker);
CREATE TABLE lease_names (worker INTEGER NOT NULL, epoch INTEGER NOT NULL, names BLOB NOT NULL) STRICT;
CREATE UNIQUE INDEX lease_names_once ON lease_names (worker, epoch);
CREATE TABLE phase_names (
  phase INTEGER NOT NULL, name INTEGER NOT NULL, ${columnsOf(SUMS, 'INTEGER')},
  statuses TEXT NOT NULL, ${columnsOf(DISTRIBUTIONS, 'BLOB')}
) STRICT;
CREATE UNIQUE INDEX phase_names_once ON phase_names (phase, name);
CREATE TABLE errors (
  phase INTEGER NOT NULL, method TEXT NOT NULL, name TEXT NOT NULL, error TEXT NOT NULL,
  occurrences INTEGER NOT NULL, first_us REAL NOT NULL, last_us REAL NOT NULL
) STRICT;
CREATE UNIQUE INDEX errors_once ON errors (phase, method, name, error);
CREATE TABLE exceptions (id INTEGER PRIMARY KEY, message TEXT NOT NULL, traceback TEXT NOT NULL) STRICT;
CREATE TABLE exception_workers (
  exception INTEGER NOT NULL, worker INTEGER NOT NULL, occurrences INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX exception_workers_once ON exception_workers (exception, worker);
CREATE TABLE events (id INTEGER PRIMARY KEY, at_ms REAL NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL) STRICT;
CREATE TABLE log (
  id INTEGER PRIMARY KEY, at_ms REAL NOT NULL, level TEXT NOT NULL, worker_id TEXT, text TEXT NOT NULL
) STRICT;
`;

/** `application_id` of a run file: "KatD". */
export const APPLICATION_ID = 0x4b_61_74_44;

/** `user_version` of the files that this version writes; newer ones are refused, older ones read. */
export const SCHEMA_VERSION = 3;

/** The last second that a run can have: a month after its start. */
export const MAX_SECOND: number = 31 * 86_400;

/** SQLite's result code for a full disk. */
export const SQLITE_FULL = 13;

/** SQLite's result code for a file that cannot be opened. */
export const SQLITE_CANTOPEN = 14;

/** The primary result code of what `node:sqlite` threw; `undefined` where it is no error of SQLite's. */
export function sqliteCodeOf(thrown: unknown): number | undefined {
  if (!(thrown instanceof Error) || !('errcode' in thrown)) return undefined;
  // The low byte is the primary code; the others say where it happened.
  return typeof thrown.errcode === 'number' ? thrown.errcode & 0xff : undefined;
}

/** The columns of a table of `name-counters.ts`, as SQL declares them. */
function columnsOf(
  rows: readonly (readonly [string, { readonly column: string }])[],
  type: 'INTEGER' | 'BLOB',
): string {
  return rows.map(([, { column }]) => `${column} ${type} NOT NULL`).join(', ');
}
