import { networkOf } from './network-of.ts';

/** So many different refusals are told: they must fill neither log nor memory. */
const MAX_REFUSALS = 200;
/** So many of one address: an attacker who makes up reasons must not hide what happens to others. */
const MAX_REFUSALS_OF_ADDRESS = 8;

/** Tells of each refused address and reason once, of 8 reasons an address, and of no more than 200 in all. */
export class RefusalLog {
  readonly #onRefused: (peer: string, why: string) => void;
  readonly #told = new Set<string>();
  readonly #ofAddress = new Map<string, number>();

  constructor(onRefused: (peer: string, why: string) => void) {
    this.#onRefused = onRefused;
  }

  /** Somebody was refused. */
  tell(peer: string, why: string): void {
    const key = `${peer} ${why}`;
    if (this.#told.has(key) || this.#told.size > MAX_REFUSALS) return;
    const network = networkOf(peer);
    const ofAddress = (this.#ofAddress.get(network) ?? 0) + 1;
    if (ofAddress > MAX_REFUSALS_OF_ADDRESS + 1) return;
    this.#ofAddress.set(network, ofAddress);
    this.#told.add(key);
    if (this.#told.size > MAX_REFUSALS) {
      this.#onRefused('further addresses', 'more than 200 were, and no more are told');
    } else if (ofAddress > MAX_REFUSALS_OF_ADDRESS) {
      this.#onRefused(peer, 'more reasons than 8, and no more are told');
    } else this.#onRefused(peer, why);
  }
}
