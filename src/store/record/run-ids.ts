import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { assert } from '../../base/errors.ts';
import { nameKey } from './name-figures.ts';
import { damage, rowOf } from './row.ts';
import type { WorkerRecord } from './run-record.ts';

/**
 * The numbers under which a run file being written knows names and workers. Numbers are given within
 * the caller's transaction; after a rollback `forget` what it had given.
 */
export class RunIds {
  readonly #names = new Map<string, number>();
  readonly #namesById = new Map<number, { readonly method: string; readonly name: string }>();
  readonly #workers = new Map<string, number>();
  readonly #addName: StatementSync;
  readonly #findName: StatementSync;
  readonly #nameOfId: StatementSync;
  readonly #addWorker: StatementSync;
  readonly #putWorker: StatementSync;
  readonly #findWorker: StatementSync;

  constructor(db: DatabaseSync) {
    this.#addName = db.prepare('INSERT OR IGNORE INTO names (method, name) VALUES (?, ?)');
    this.#findName = db.prepare('SELECT id FROM names WHERE method = ? AND name = ?');
    this.#nameOfId = db.prepare('SELECT method, name FROM names WHERE id = ?');
    // An interval must be kept even where its worker was never announced and its host is unknown.
    this.#addWorker = db.prepare(
      `INSERT OR IGNORE INTO workers (worker_id, node_id, host, pid, status)
       VALUES (?, '', '', 0, 'running')`,
    );
    this.#putWorker = db.prepare(
      `INSERT INTO workers (worker_id, node_id, host, pid, status) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (worker_id) DO UPDATE SET node_id = excluded.node_id, host = excluded.host,
         pid = excluded.pid, status = excluded.status`,
    );
    this.#findWorker = db.prepare('SELECT id FROM workers WHERE worker_id = ?');
  }

  /** The number of a name, given now where it has none. */
  nameId(method: string, name: string): number {
    const key = nameKey(method, name);
    const known = this.#names.get(key);
    if (known !== undefined) return known;
    this.#addName.run(method, name);
    const id = idOf(this.#findName, method, name);
    this.#names.set(key, id);
    this.#namesById.set(id, { method, name });
    return id;
  }

  /** The name of a number that `nameId` gave, in this process or an earlier one. */
  nameOf(id: number): { readonly method: string; readonly name: string } {
    const known = this.#namesById.get(id);
    if (known !== undefined) return known;
    const row = rowOf(this.#nameOfId, id);
    if (row === undefined) throw damage('a name is missing');
    const name = { method: row.text('method'), name: row.text('name') };
    this.#namesById.set(id, name);
    return name;
  }

  /** The number of a worker, given now where it has none. */
  workerNumber(workerId: string): number {
    const known = this.#workers.get(workerId);
    if (known !== undefined) return known;
    this.#addWorker.run(workerId);
    const id = idOf(this.#findWorker, workerId);
    this.#workers.set(workerId, id);
    return id;
  }

  /** Stores what is known of a worker. */
  putWorker(worker: WorkerRecord): void {
    this.#putWorker.run(worker.workerId, worker.nodeId, worker.host, worker.pid, worker.status);
  }

  /** Forgets all numbers, which are then looked up again. */
  forget(): void {
    this.#names.clear();
    this.#namesById.clear();
    this.#workers.clear();
  }
}

function idOf(find: StatementSync, ...key: string[]): number {
  const row = rowOf(find, ...key);
  assert(row !== undefined, `a row of ${key.join(' ')} was added just now`);
  return row.number('id');
}
