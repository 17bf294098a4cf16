import type { Clock } from '../base/clock.ts';

/** Connections that may be open without having proven anything, of all addresses together. */
const MAX_STRANGERS = 1024;
/** The same for one address: enough for as many local workers as there may be at once. */
const MAX_STRANGERS_OF_ADDRESS = 256;
/** Failures of one address in one second after which it is not listened to until that second is over. */
const MAX_FAILURES_PER_SECOND = 10;
/** Addresses whose failures are remembered; they only matter for a second. */
const MAX_ADDRESSES = 10_000;
const SECOND_US = 1_000_000;

interface Failures {
  readonly sinceUs: number;
  count: number;
}

/** Counts those who have not proven anything, so that they can fill neither memory nor processor. */
export class StrangerLimits {
  readonly #clock: Clock;
  readonly #present = new Map<string, number>();
  /** In the order of their seconds. */
  readonly #failures = new Map<string, Failures>();
  #total = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** How many there are. */
  get strangers(): number {
    return this.#total;
  }

  /**
   * Somebody connects.
   *
   * @returns Whether to go on with it; then `leave` must follow.
   */
  enter(address: string): boolean {
    const key = networkOf(address);
    const present = this.#present.get(key) ?? 0;
    const isFull = this.#total >= MAX_STRANGERS || present >= MAX_STRANGERS_OF_ADDRESS;
    if (isFull || this.#failuresOf(key) >= MAX_FAILURES_PER_SECOND) return false;
    this.#total += 1;
    this.#present.set(key, present + 1);
    return true;
  }

  /** Somebody who had entered is a stranger no more: gone, or let in. */
  leave(address: string, hasFailed: boolean): void {
    const key = networkOf(address);
    this.#total -= 1;
    const left = (this.#present.get(key) ?? 1) - 1;
    if (left === 0) this.#present.delete(key);
    else this.#present.set(key, left);
    if (hasFailed) this.#fail(key);
  }

  #failuresOf(key: string): number {
    const failures = this.#failures.get(key);
    if (failures === undefined) return 0;
    return this.#clock.nowUs() - failures.sinceUs < SECOND_US ? failures.count : 0;
  }

  #fail(key: string): void {
    if (this.#failuresOf(key) > 0) {
      const failures = this.#failures.get(key);
      if (failures !== undefined) failures.count += 1;
      return;
    }
    // Set anew, so that the oldest stay in front.
    this.#failures.delete(key);
    this.#failures.set(key, { sinceUs: this.#clock.nowUs(), count: 1 });
    const [oldest] = this.#failures.keys();
    if (this.#failures.size > MAX_ADDRESSES && oldest !== undefined) this.#failures.delete(oldest);
  }
}

/** One machine has a whole /64 of IPv6 addresses, so that they count as one. */
function networkOf(address: string): string {
  if (!address.includes(':') || address.includes('.')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head.split(':').filter((group) => group !== '');
  if (tail === undefined) return groups.slice(0, 4).join(':');
  const last = tail.split(':').filter((group) => group !== '');
  const zeros = Array.from({ length: Math.max(0, 8 - groups.length - last.length) }, () => '0');
  return [...groups, ...zeros, ...last].slice(0, 4).join(':');
}
