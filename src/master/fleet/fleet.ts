import type { Clock } from '../../base/clock.ts';
import { ProtocolError } from '../../base/errors.ts';
import { msToUs, usToMs } from '../../base/units.ts';
import type { Transport } from '../../protocol/channel/transport.ts';
import type { MasterMessage } from '../../protocol/messages/master-messages.ts';
import { Farewell } from './farewell.ts';
import { Losses } from './losses.ts';
import type { Member } from './member.ts';
import { Reception, type ReceptionOptions } from './reception.ts';
import type { RestoredWorker } from './resumed-run.ts';
import { Roster } from './roster.ts';
import { type SilenceLimits, silenceOf } from './silence.ts';
import { WorkerConnection } from './worker-connection.ts';

/** What a fleet works with. */
export interface FleetOptions extends ReceptionOptions, SilenceLimits {
  /** The workers of a run that another process began. */
  readonly restored?: readonly RestoredWorker[] | undefined;
}

/** The workers of a run: who is here, under which lease, and what is said to whom. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #clock: Clock;
  readonly #roster = new Roster();
  readonly #restoredUntilUs: number;
  readonly #farewell: Farewell;
  readonly #losses: Losses;
  readonly #reception: Reception;

  constructor(options: FleetOptions) {
    const { clock, listener } = options;
    this.#options = options;
    this.#clock = clock;
    this.#farewell = new Farewell(clock);
    this.#losses = new Losses(clock, options, listener, this.#farewell);
    this.#reception = new Reception(options, this.#roster, this.#losses, this.#farewell);
    const nowUs = clock.nowUs();
    this.#restoredUntilUs = nowUs + msToUs(this.rejoinWithinMs);
    for (const worker of options.restored ?? []) this.#roster.add(worker, nowUs).restore(worker);
  }

  /** How long the workers of a resumed run have to come back; no other worker gets their users until then. */
  get rejoinWithinMs(): number {
    return Math.max(this.#options.lostAfterMs, this.#options.config.orphanTimeoutMs);
  }

  /** How much of `rejoinWithinMs` is left, in milliseconds; 0 where no run was resumed. */
  get restoredForMs(): number {
    if (this.#options.restored === undefined) return 0;
    return Math.max(0, usToMs(this.#restoredUntilUs - this.#clock.nowUs()));
  }

  /** All workers that ever joined, in the order of joining. */
  members(): readonly Member[] {
    return this.#roster.members();
  }

  /** One worker by the name that people use. */
  member(workerId: string): Member | undefined {
    return this.#roster.byId(workerId);
  }

  /** Takes over an authenticated connection; the first message must be a hello. */
  accept(transport: Transport): void {
    new WorkerConnection(transport, this.#clock, this.#reception);
  }

  /** Sends a message that must arrive. */
  send(member: Member, message: MasterMessage): void {
    if (!member.isAlive) return;
    try {
      member.channel.send(message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // The worker lacks messages from here on, so it must not carry on; its users are free once its lease is
      // over.
      member.bar();
      this.#options.listener.onRefused(member.workerId, error.message);
    }
  }

  /** Sends a message that must arrive to the worker of that name, where there is one. */
  sendTo(workerId: string, message: MasterMessage): void {
    const member = this.#roster.byId(workerId);
    if (member !== undefined) this.send(member, message);
  }

  /** Sends a message that must arrive to all that are alive. */
  broadcast(message: MasterMessage): void {
    for (const member of this.members()) this.send(member, message);
  }

  /** Says that the run is over for a worker: nothing more is expected of it. */
  finish(member: Member): void {
    this.send(member, { type: 'finished' });
    member.finish();
  }

  /** Intervals of a worker up to this one are stored for good. */
  acknowledge(member: Member, epoch: number, sequence: number): void {
    member.intervals.store(epoch, sequence);
    member.contact.send({ type: 'stored', epoch, sequence });
  }

  /** No worker may join from now on; those that are done may come back to hear that they are. */
  closeFor(reason: string): void {
    this.#reception.closeFor(reason);
  }

  /**
   * Resolves when these workers have confirmed the last message that was sent to them, or after
   * `timeoutMs`: a worker with a broken connection must hear that the run is over before the port closes.
   */
  farewell(members: readonly Member[], timeoutMs: number): Promise<void> {
    return this.#farewell.to(members, timeoutMs);
  }

  /** The process of a worker is known to be gone. */
  processGone(pid: number, why: string): void {
    for (const member of this.members()) {
      if (member.pid !== pid || !member.isPending) continue;
      member.contact.processGone(this.#clock.nowUs());
      this.#losses.loseAfterLastWords(member, why);
    }
  }

  /** Gives a worker up; one that is drained, done or lost stays what it is. */
  giveUp(member: Member, why: string): void {
    this.#losses.lose(member, why);
  }

  /** Looks at everybody's silence; to be called about once a second. */
  tick(): void {
    const nowUs = this.#clock.nowUs();
    for (const member of this.members()) {
      if (!member.isPending) continue;
      if (member.isRestored) {
        if (nowUs > this.#restoredUntilUs) this.#losses.lose(member, 'it did not come back');
        continue;
      }
      const { isLate, lostBecause } = silenceOf(member.contact, this.#options, nowUs);
      if (member.noteLate(isLate)) this.#options.listener.onLate(member, isLate);
      if (lostBecause !== undefined) this.#losses.lose(member, lostBecause);
    }
  }

  /** Ends all connections in good order. */
  close(): void {
    for (const member of this.members()) this.#losses.endLastWords(member);
    for (const { contact } of this.members()) {
      contact.connection?.transport.close('the run is over');
    }
  }
}
