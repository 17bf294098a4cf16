import type { WorkerMessage } from '../../protocol/messages/worker-messages.ts';
import type { ArrivedInterval, FleetListener, HoldingMessage } from '../fleet/fleet-listener.ts';
import type { Member } from '../fleet/member.ts';
import type { Adoption } from './adoption.ts';
import type { LoneWatch } from './lone-watch.ts';
import type { Publisher } from './publisher.ts';
import type { RunParts } from './run-parts.ts';
import { type MessageDuties, takeMessage } from './take-message.ts';

/** What is seen to when something happens to a worker. */
export interface FleetDuties extends MessageDuties {
  readonly alone: LoneWatch;
  readonly adoption: Adoption;
  readonly publisher: Publisher;
}

/** Tells the parts of the run what happens to the workers. */
export class FleetEvents implements FleetListener {
  readonly #parts: RunParts;
  readonly #duties: FleetDuties;

  constructor(parts: RunParts, duties: FleetDuties) {
    this.#parts = parts;
    this.#duties = duties;
  }

  onJoined(member: Member): void {
    const { aggregate, news } = this.#parts;
    const { alone, publisher } = this.#duties;
    alone.check();
    if (member.epoch > 1) aggregate.regainWorker(member.workerId);
    news.joined(member);
    publisher.publish();
  }

  onMessage(member: Member, message: WorkerMessage): void {
    takeMessage(member, message, this.#parts, this.#duties);
  }

  onHolding(member: Member, message: HoldingMessage): void {
    this.#duties.adoption.onHolding(member, message);
  }

  onInterval(interval: ArrivedInterval): void {
    const { journal, course, time } = this.#parts;
    journal.interval(interval, Math.max(0, Math.floor(time.nowMs / 1000)));
    // The last intervals are stored at once.
    if (course.isStopping) void journal.commit();
  }

  onTally(member: Member): void {
    this.#parts.tallies.heard(member);
  }

  onLate(member: Member, isLate: boolean): void {
    this.#parts.news.late(member, isLate);
  }

  onLost(member: Member, why: string, hadUsers: boolean): void {
    const { tallies, aggregate, news, course, load } = this.#parts;
    const { alone, start, adoption, publisher, delivery } = this.#duties;
    tallies.lost(member, hadUsers);
    aggregate.loseWorker(member.workerId);
    this.#noteUsers(member);
    news.lost(member, why, aggregate.ledger().unknown);
    if (course.isRunning) {
      load.removeWorker(member.workerId, true);
      alone.check();
    }
    start.onLost();
    adoption.check();
    publisher.publish();
    delivery.lookForEnd();
  }

  onBlocked(member: Member): void {
    this.#parts.news.blocked(member);
  }

  onRefused(peer: string, why: string): void {
    this.#parts.log.line('warn', `refused ${peer}: ${why}`);
  }

  /** The users of a worker that is lost ran at least until it was last heard. */
  #noteUsers({ lastHeardUs, isRestored }: Member): void {
    const { time, course } = this.#parts;
    if (time.startUs === undefined || isRestored) return;
    course.happen({ type: 'user-ended', atUs: lastHeardUs - time.startUs });
  }
}
