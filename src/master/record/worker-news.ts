import type { StoredWorkerStatus } from '../../store/record/run-record.ts';
import type { Member } from '../fleet/member.ts';
import type { Journal } from './journal.ts';
import type { RunLog } from './run-log.ts';

/** Tells what happens to the workers, and keeps their records in the run file. */
export class WorkerNews {
  readonly #log: RunLog;
  readonly #journal: Journal;
  readonly #lateAfterMs: number;

  constructor(log: RunLog, journal: Journal, lateAfterMs: number) {
    this.#log = log;
    this.#journal = journal;
    this.#lateAfterMs = lateAfterMs;
  }

  /** A worker joined, or came back under a new lease. */
  joined(member: Member): void {
    const { workerId, host, pid, epoch } = member;
    this.#record(member, 'running');
    const isAgain = epoch > 1;
    const kind = isAgain ? 'worker-rejoined' : 'worker-connected';
    this.#log.event(kind, { id: workerId, host, pid });
    const how = isAgain ? 'joined again' : 'connected';
    this.#log.line('info', `worker ${workerId} ${how} from ${host} (pid ${pid})`);
  }

  /** A worker came back with so many users to a master that resumed the run. */
  back(member: Member, users: number): void {
    const { workerId, host, pid } = member;
    this.#record(member, 'running');
    this.#log.event('worker-rejoined', { id: workerId, host, pid });
    this.#log.line('info', `worker ${workerId} is back with ${users} users`);
  }

  /** A worker was asked to go. */
  leaves({ workerId }: Member): void {
    this.#log.line('info', `worker ${workerId} leaves, its users go to the others`);
  }

  /** A worker has done its part, and everything from it is stored. */
  finished(member: Member): void {
    this.#record(member, 'finished');
  }

  /** A worker has been silent for the late time; `false`: it is heard again. */
  late({ workerId, contact }: Member, isLate: boolean): void {
    if (!isLate) {
      this.#log.line('info', `worker ${workerId} is heard again`);
      return;
    }
    this.#log.event('worker-late', { id: workerId });
    const why = contact.blockedMs > 0 ? ': its script blocks the event loop' : '';
    this.#log.line(
      'warn',
      `worker ${workerId} has been silent for ${this.#lateAfterMs / 1000} s${why}`,
    );
  }

  /** A worker's script has blocked the event loop. */
  blocked({ workerId }: Member): void {
    this.#log.event('worker-blocked', { id: workerId });
    this.#log.line(
      'warn',
      `worker ${workerId}: the script has blocked its event loop for over 1 s; ` +
        'a task that computes for long, or loops without awaiting anything, holds up all users of its worker',
      workerId,
    );
  }

  /** A worker was given up. @param unknown - Requests of the whole run whose end nobody knows. */
  lost(member: Member, why: string, unknown: number): void {
    const { workerId, host } = member;
    this.#record(member, 'lost');
    this.#log.event('worker-lost', { id: workerId, host, requests_unknown: unknown });
    this.#log.line('warn', `worker ${workerId} is lost (${why})`);
  }

  #record({ workerId, nodeId, host, pid }: Member, status: StoredWorkerStatus): void {
    this.#journal.worker({ workerId, nodeId, host, pid, status });
  }
}
