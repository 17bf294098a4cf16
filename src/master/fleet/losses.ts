import type { Clock, TimerHandle } from '../../base/clock.ts';
import type { Farewell } from './farewell.ts';
import type { FleetListener } from './fleet-listener.ts';
import type { Member } from './member.ts';
import { leaseEndUs, type SilenceLimits } from './silence.ts';

/** How long, at most, is read what a dead process has left in its connection. */
const GONE_READ_MS = 500;

/** A worker whose process is gone, while what it had sent is still being read. */
interface LastWords {
  readonly why: string;
  readonly timer: TimerHandle;
}

/** Gives workers up. */
export class Losses {
  readonly #clock: Clock;
  readonly #limits: SilenceLimits;
  readonly #listener: FleetListener;
  readonly #farewell: Farewell;
  readonly #lastWords = new Map<Member, LastWords>();

  constructor(clock: Clock, limits: SilenceLimits, listener: FleetListener, farewell: Farewell) {
    this.#clock = clock;
    this.#limits = limits;
    this.#listener = listener;
    this.#farewell = farewell;
  }

  /** Gives a worker up; one that is drained, done or lost stays what it is. */
  lose(member: Member, why: string): void {
    const hadUsers = member.mayHaveUsers;
    if (!member.lose(leaseEndUs(member.contact, this.#limits))) return;
    // A worker that is only slow must learn that its lease is over: it comes back, and begins anew.
    member.contact.terminate();
    this.#listener.onLost(member, why, hadUsers);
    this.#farewell.check();
  }

  /** The process of a worker is gone: it is given up once everything that it had sent is read. */
  loseAfterLastWords(member: Member, why: string): void {
    if (member.contact.connection === undefined) {
      this.lose(member, why);
      return;
    }
    if (this.#lastWords.has(member)) return;
    const timer = this.#clock.setTimer(GONE_READ_MS, () => this.endLastWords(member));
    this.#lastWords.set(member, { why, timer });
  }

  /**
   * Gives a worker up whose process is gone, since its connection has closed and nothing more is read of it.
   */
  endLastWords(member: Member): void {
    const last = this.#lastWords.get(member);
    if (last === undefined) return;
    this.#lastWords.delete(member);
    this.#clock.clearTimer(last.timer);
    this.lose(member, last.why);
  }
}
