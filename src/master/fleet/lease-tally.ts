import { usToMs } from '../../base/units.ts';
import { TallyBook, type TallyUpdate } from '../../stats/interval/tally.ts';

/** The pace of a worker is taken over so much time before it was last heard of. */
const PACE_WINDOW_US = 10_000_000;
/** Requests come by chance: there may be so many standard deviations more than at an even pace. */
const CHANCE_SIGMAS = 3;
/** The time of one more heartbeat: the worker sent on while its last word was on its way. */
const HEARTBEAT_MS = 1000;

/** What a worker says that it sent under its present lease, and how fast that grew. */
export class LeaseTally {
  #book = new TallyBook();
  /** The next update is the first of a connection, and so tells every name anew. */
  #isFresh = true;
  readonly #marks: { readonly atUs: number; readonly total: number }[] = [];

  /** What the worker last said that it had sent. */
  get book(): TallyBook {
    return this.#book;
  }

  /** A new connection: names are told anew. */
  reconnect(): void {
    this.#isFresh = true;
  }

  /** Whether it has said anything yet. */
  get isSilent(): boolean {
    return this.#marks.length === 0;
  }

  /** Takes an update. @throws {ProtocolError} Where it counts a name that nobody named. */
  add(update: TallyUpdate, nowUs: number): void {
    const book = this.#isFresh ? new TallyBook() : this.#book;
    book.apply(update);
    this.#book = book;
    this.#isFresh = false;
    this.#marks.push({ atUs: nowUs, total: book.total });
    while ((this.#marks[0]?.atUs ?? nowUs) < nowUs - PACE_WINDOW_US) this.#marks.shift();
  }

  /**
   * How many exchanges the worker may have sent after its last word, at its pace of then.
   *
   * @param sinceUs - The run's start: a worker that said nothing yet may have begun to send then.
   * @param untilUs - The last instant at which it can have sent.
   * @param growth - By how much its users may have grown since, as a factor.
   */
  atMostMore(sinceUs: number, untilUs: number, growth: number): number {
    const lastUs = this.#marks.at(-1)?.atUs ?? sinceUs;
    const openMs = Math.max(0, usToMs(untilUs - lastUs)) + HEARTBEAT_MS;
    const expected = Math.max(1, (this.#perSecond() * growth * openMs) / 1000);
    return Math.ceil(expected + CHANCE_SIGMAS * Math.sqrt(expected));
  }

  /** The highest rate, from one update to the next, within the last seconds. */
  #perSecond(): number {
    let most = 0;
    let before: { readonly atUs: number; readonly total: number } | undefined;
    for (const mark of this.#marks) {
      const total = mark.total - (before?.total ?? 0);
      // Updates that were held up arrive together, and the first one has none before it: neither shows a
      // pace.
      const lastedMs = Math.max(usToMs(mark.atUs - (before?.atUs ?? mark.atUs)), 250);
      most = Math.max(most, (total * 1000) / lastedMs);
      before = mark;
    }
    return most;
  }
}
