import type { EndedLease, RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import { encodeTally } from '../../stats/interval/tally.ts';
import type { Member } from '../fleet/member.ts';
import type { Journal } from './journal.ts';
import type { RunTime } from './run-time.ts';

/** A worker's interval before the run's start, and the one of the run's first second. */
const FIRST_INTERVALS = 2;

/** Who knows how many users a worker has, or is to start. */
export interface UserCounts {
  usersOf(workerId: string): number;
}

/** What a desk works with. */
export interface TallyDeskOptions {
  readonly journal: Journal;
  readonly aggregate: RunAggregate;
  readonly load: UserCounts;
  readonly time: RunTime;
}

/** Keeps in the run file what workers say that they have sent, in case they die. */
export class TallyDesk {
  readonly #options: TallyDeskOptions;
  /** Workers that have said something that is not in the run file yet. */
  readonly #news = new Set<Member>();

  constructor(options: TallyDeskOptions) {
    this.#options = options;
  }

  /** A worker has said what it sent. */
  heard(member: Member): void {
    this.#news.add(member);
  }

  /** Hands what is new to the journal; to be called before a commit. */
  flush(): void {
    for (const member of this.#news) this.#keep(member);
    this.#news.clear();
  }

  /** A worker was given up. @param hadUsers - Whether it may have run any under that lease. */
  lost(member: Member, hadUsers: boolean): void {
    if (this.#news.delete(member)) this.#keep(member);
    const { workerId, epoch, tally, intervals, sentUntilUs, isRestored } = member;
    // Only the process before this one knew how fast the worker sent.
    if (isRestored) return;
    const { startUs } = this.#options.time;
    const canSend = hadUsers && startUs !== undefined;
    // The worker had said nothing yet, so nothing tells how fast it sent.
    if (canSend && tally.isSilent && intervals.received(epoch) <= FIRST_INTERVALS) return;
    const growth = this.#growth(workerId);
    const atMostMore = canSend ? tally.atMostMore(startUs, sentUntilUs, growth) : 0;
    this.#end({ workerId, epoch, atMostMore });
  }

  /** A worker has begun a new lease: everything of the ones before has arrived. */
  delivered({ workerId, epoch }: Member): void {
    for (let earlier = 1; earlier < epoch; earlier += 1) {
      this.#end({ workerId, epoch: earlier, atMostMore: 0 });
    }
  }

  #end(lease: EndedLease): void {
    this.#options.journal.leaseOver(lease);
    this.#options.aggregate.endLease(lease);
  }

  /** The growth of a worker's users since its pace was seen, as a factor. */
  #growth(workerId: string): number {
    const { aggregate, load } = this.#options;
    const seen = aggregate.worker(workerId, aggregate.newestSecond)?.users ?? 0;
    return Math.max(1, load.usersOf(workerId) / Math.max(1, seen));
  }

  #keep({ workerId, epoch, tally }: Member): void {
    const { book } = tally;
    const { second, total } = book;
    const sent = encodeTally(book.whole());
    this.#options.journal.tally({ workerId, epoch, second, total, sent });
    this.#options.aggregate.tally({ workerId, epoch, second, total });
  }
}
