import type { KatydidError } from '../../base/errors.ts';
import type { Member } from '../fleet/member.ts';
import { takeStored } from '../record/interval-intake.ts';
import type { JournalListener, StoredIntervals } from '../record/journal.ts';
import type { LoneWatch } from './lone-watch.ts';
import type { RunParts } from './run-parts.ts';

/** Sees who has delivered everything, and what it means for the run where something cannot be stored. */
export class Delivery implements JournalListener {
  readonly #parts: RunParts;
  readonly #alone: LoneWatch;

  constructor(parts: RunParts, alone: LoneWatch) {
    this.#parts = parts;
    this.#alone = alone;
  }

  onStored(stored: StoredIntervals): void {
    const { aggregate, fleet, log, desk } = this.#parts;
    const readers = { aggregate, fleet, log, exceptions: desk.exceptions };
    for (const member of takeStored(stored, readers)) this.check(member);
  }

  onDiskFull(error: KatydidError): void {
    const { log, course } = this.#parts;
    log.line('error', error.message);
    course.happen({ type: 'stop', reason: 'disk-full' });
  }

  onFailed(error: KatydidError): void {
    this.#parts.course.happen({ type: 'store-failed', error });
  }

  /** A worker that is drained, with everything stored, has done its part. */
  check(member: Member): void {
    const { journal, course, fleet, news, load } = this.#parts;
    const isDelivered = journal.hasFailed ? member.isReceived : member.isDelivered;
    if (!isDelivered || course.isOver || !member.drain()) return;
    if (!course.isStopping) {
      // The worker left, or its users ended for want of a master; the run goes on with the others.
      fleet.finish(member);
      news.finished(member);
      load.removeWorker(member.workerId, true);
      this.#alone.check();
    }
    this.lookForEnd();
  }

  /** Gives up every worker that has not ended. */
  giveUpPending(): void {
    const { fleet } = this.#parts;
    for (const member of fleet.members()) {
      if (!member.isPending) continue;
      // Everything that the worker has is here, and only waits for the disk.
      if (member.isReceived) member.drain();
      else fleet.giveUp(member, 'it did not end within the stop timeout');
    }
    this.lookForEnd();
  }

  /** Looks whether anything is expected of any worker; to be called when one has ended or is given up. */
  lookForEnd(): void {
    const { fleet, course } = this.#parts;
    if (course.life.phase !== 'stopping') return;
    if (fleet.members().every((each) => !each.isPending)) course.happen({ type: 'workers-done' });
  }
}
