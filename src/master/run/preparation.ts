import type { Json } from '../../protocol/messages/master-messages.ts';
import type { Member } from '../fleet/member.ts';
import type { ScriptHooks } from '../users/script-hooks.ts';

/** What a preparation works with. */
export interface PreparationOptions {
  readonly hooks: ScriptHooks;
  /** Workers that have loaded the script and may be given users. */
  readonly ready: () => readonly Member[];
  /** Tells a worker to prepare; it answers when its script is done with that. */
  readonly send: (member: Member, data: Json) => void;
  /** The script's part on the master is done; this is what it returned. */
  readonly onSetUp: (data: Json) => void;
  /** Everything is prepared; may be called again, until the run has started. */
  readonly onPrepared: () => void;
  /** The script failed before the run began. */
  readonly onFailed: (error: unknown) => void;
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
  readonly #options: PreparationOptions;
  readonly #told = new Set<string>();
  readonly #prepared = new Set<string>();
  #state: 'idle' | 'setting up' | 'telling workers' | 'failed' = 'idle';
  #data: Json = null;

  constructor(options: PreparationOptions) {
    this.#options = options;
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
    this.#options.hooks.begin().then(
      (data) => {
        this.restore(data);
        this.#options.onSetUp(data);
        for (const member of this.#options.ready()) this.tell(member);
        this.check();
      },
      (error: unknown) => {
        this.#state = 'failed';
        this.#options.onFailed(error);
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

  /** Tells a worker, unless it was told under its present lease or it is too early. */
  tell(member: Member): void {
    const lease = leaseOf(member);
    if (!this.isSetUp || this.#told.has(lease)) return;
    this.#told.add(lease);
    this.#options.send(member, this.#data);
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
    const workers = this.#options.ready();
    if (!this.isSetUp || workers.length === 0) return;
    if (workers.every((member) => this.#prepared.has(leaseOf(member)))) this.#options.onPrepared();
  }
}

function leaseOf({ workerId, epoch }: Member): string {
  return `${workerId} ${epoch}`;
}
