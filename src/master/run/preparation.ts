import { InternalError, KatydidError, messageOf } from '../../base/errors.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import type { Fleet } from '../fleet/fleet.ts';
import type { Member } from '../fleet/member.ts';
import type { RunLog } from '../record/run-log.ts';
import type { MasterHooks } from '../users/master-hooks.ts';
import type { RunCourse } from './run-course.ts';

/** What a preparation works with. */
export interface PreparedRun {
  readonly fleet: Pick<Fleet, 'members' | 'send'>;
  /** Is told when everything is prepared, also again until the run has started, or why it cannot be. */
  readonly course: Pick<RunCourse, 'happen'>;
  /** Is told what `setup` returned. */
  readonly log: Pick<RunLog, 'setUp'>;
}

/**
 * Brings a script to the point where users may start: `setup` once on the master, then every worker is
 * given what it returned and says when its own listeners are done. A worker that joins later catches up.
 *
 * | state | on | next |
 * | --- | --- | --- |
 * | idle | `begin` | setting up |
 * | setting up | `setup` is done | telling workers |
 * | setting up | `setup` fails | failed |
 */
export class Preparation {
  readonly #hooks: MasterHooks;
  readonly #run: PreparedRun;
  readonly #told = new Set<string>();
  readonly #prepared = new Set<string>();
  #state: 'idle' | 'setting up' | 'telling workers' | 'failed' = 'idle';
  #data: Json = null;

  constructor(hooks: MasterHooks, run: PreparedRun) {
    this.#hooks = hooks;
    this.#run = run;
  }

  /** Whether it is under way or over. */
  get hasBegun(): boolean {
    return this.#state !== 'idle';
  }

  /** Whether the script's part on the master is done. */
  get isSetUp(): boolean {
    return this.#state === 'telling workers';
  }

  /** Runs the script's part on the master, then tells the workers; only the first call counts. */
  begin(): void {
    if (this.hasBegun) return;
    this.#state = 'setting up';
    this.#hooks.begin().then(
      (data) => {
        this.restore(data);
        this.#run.log.setUp(data);
        this.tellAll();
      },
      (error: unknown) => {
        this.#state = 'failed';
        this.#run.course.happen({ type: 'stop', reason: 'script', error: asKatydidError(error) });
      },
    );
  }

  /** Takes up what was done before this process: `data` is what `setup` returned then. */
  restore(data: Json): void {
    this.#data = data;
    this.#state = 'telling workers';
  }

  /** A worker was told by the process before, and is done. */
  assume(member: Member): void {
    this.#told.add(leaseOf(member));
    this.#prepared.add(leaseOf(member));
  }

  /** Tells all workers that have loaded the script. */
  tellAll(): void {
    for (const member of this.#workers()) this.tell(member);
    this.check();
  }

  /** Tells a worker, unless it was told under its present lease or it is too early. */
  tell(member: Member): void {
    const lease = leaseOf(member);
    if (!this.isSetUp || this.#told.has(lease)) return;
    this.#told.add(lease);
    this.#run.fleet.send(member, { type: 'prepare', data: this.#data });
  }

  /** A worker says that it is done. @returns Whether it was told to, and says so for the first time. */
  prepared(member: Member): boolean {
    const lease = leaseOf(member);
    if (!this.#told.has(lease) || this.#prepared.has(lease)) return false;
    this.#prepared.add(lease);
    return true;
  }

  /** Says so where all workers that are there are done; to be called when one is done or goes. */
  check(): void {
    const workers = this.#workers();
    if (!this.isSetUp || workers.length === 0) return;
    if (workers.every((member) => this.#prepared.has(leaseOf(member)))) {
      this.#run.course.happen({ type: 'prepared' });
    }
  }

  #workers(): readonly Member[] {
    return this.#run.fleet.members().filter((member) => member.state === 'ready');
  }
}

function leaseOf({ workerId, epoch }: Member): string {
  return `${workerId} ${epoch}`;
}

/** What the run ends with where the script has thrown. */
export function asKatydidError(error: unknown): KatydidError {
  if (error instanceof KatydidError) return error;
  return new InternalError(messageOf(error), { cause: error });
}
