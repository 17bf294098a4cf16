/** Different refusals remembered, so that each is told once and they fill neither log nor memory. */
const MAX_REFUSALS = 200;

/** Tells of each refused address and reason once, and of no more than 200. */
export class RefusalLog {
  readonly #onRefused: (peer: string, why: string) => void;
  readonly #told = new Set<string>();

  constructor(onRefused: (peer: string, why: string) => void) {
    this.#onRefused = onRefused;
  }

  /** Somebody was refused. */
  tell(peer: string, why: string): void {
    const key = `${peer} ${why}`;
    if (this.#told.has(key) || this.#told.size > MAX_REFUSALS) return;
    this.#told.add(key);
    if (this.#told.size <= MAX_REFUSALS) this.#onRefused(peer, why);
    else this.#onRefused('further addresses', 'more than 200 were, and no more are told');
  }
}
