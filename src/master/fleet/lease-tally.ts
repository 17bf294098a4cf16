import { usToMs } from '../../base/units.ts';
import { TallyBook, type TallyUpdate } from '../../stats/interval/tally.ts';

/** How far back its pace is looked at. */
const PACE_WINDOW_US = 10_000_000;
/** Requests come by chance: how many standard deviations more than at an even pace there may be. */
const CHANCE_SIGMAS = 3;
/** One more heartbeat: what was sent since the last one that arrived, and while that was on its way. */
const HEARTBEAT_MS = 1000;

/** What a worker has said of what it sent under its present lease, and how fast that grew. */
export class LeaseTally {
  #book = new TallyBook();
  /** The next update begins with nothing: a connection tells every name anew. */
  #isFresh = true;
  readonly #marks: { readonly atUs: number; readonly total: number }[] = [];

  /** What was sent, as of the last word. */
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
   * How many exchanges more it may have sent at its last pace.
   *
   * @param sinceUs - Of the run's start: a worker that said nothing yet may have begun then.
   * @param untilUs - The last instant at which it can have sent.
   * @param growth - How many times the users of then it may have had since.
   */
  atMostMore(sinceUs: number, untilUs: number, growth: number): number {
    const lastUs = this.#marks.at(-1)?.atUs ?? sinceUs;
    const openMs = Math.max(0, usToMs(untilUs - lastUs)) + HEARTBEAT_MS;
    const expected = Math.max(1, (this.#perSecond() * growth * openMs) / 1000);
    return Math.ceil(expected + CHANCE_SIGMAS * Math.sqrt(expected));
  }

  /** The most from one word to the next of late, as a rate. */
  #perSecond(): number {
    let most = 0;
    let before: { readonly atUs: number; readonly total: number } | undefined;
    for (const mark of this.#marks) {
      const total = mark.total - (before?.total ?? 0);
      // Words that were held up on the way arrive together, which is no pace; nor is a first one.
      const lastedMs = Math.max(usToMs(mark.atUs - (before?.atUs ?? mark.atUs)), 250);
      most = Math.max(most, (total * 1000) / lastedMs);
      before = mark;
    }
    return most;
  }
}
