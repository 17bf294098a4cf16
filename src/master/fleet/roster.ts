import type { WorkerRecord } from '../../store/record/run-record.ts';
import { Member } from './member.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** All workers that ever joined, and which of them each open connection belongs to. */
export class Roster {
  readonly #byNode = new Map<string, Member>();
  readonly #byId = new Map<string, Member>();
  readonly #owners = new Map<WorkerConnection, Member>();

  /** In the order of joining. */
  members(): readonly Member[] {
    return [...this.#byId.values()];
  }

  /** A worker by the name that people use. */
  byId(workerId: string): Member | undefined {
    return this.#byId.get(workerId);
  }

  /** A worker by the name of its process. */
  byNode(nodeId: string): Member | undefined {
    return this.#byNode.get(nodeId);
  }

  /** Takes a worker in that has a name already. */
  add(worker: Omit<WorkerRecord, 'status'>, nowUs: number): Member {
    const member = new Member({ ...worker, index: this.#byId.size, nowUs });
    this.#byNode.set(worker.nodeId, member);
    this.#byId.set(worker.workerId, member);
    return member;
  }

  /** Takes a worker in and gives it the next name. */
  admit(worker: Omit<WorkerRecord, 'status' | 'workerId'>, nowUs: number): Member {
    return this.add({ ...worker, workerId: `w${this.#byId.size + 1}` }, nowUs);
  }

  /** Makes a connection the newest of a worker. */
  own(connection: WorkerConnection, member: Member, nowUs: number): void {
    this.#owners.set(connection, member);
    member.contact.connect(connection, nowUs);
  }

  /** A connection has closed. */
  disown(connection: WorkerConnection): void {
    this.#owners.delete(connection);
  }

  /** The worker of a connection; `undefined` where a newer one of the same worker has taken its place. */
  ownerOf(connection: WorkerConnection): Member | undefined {
    const member = this.#owners.get(connection);
    return member?.contact.connection === connection ? member : undefined;
  }
}
