import { cutText } from '../bytes/cut-text.ts';

/** Method of the entry that stands for all names past the limit. */
export const OVERFLOW_METHOD = '*';
/** Name of the entry that stands for all names past the limit. */
export const OVERFLOW_NAME = '(other names)';

/** Names of requests kept apart where nothing else is asked for. */
export const DEFAULT_MAX_NAMES = 1000;

const MAX_METHOD_CHARS = 100;
const MAX_NAME_CHARS = 500;
/** Folded names told apart for the warning; a bad script makes a new one with every request. */
const MAX_FOLDED = 10_000;

/**
 * One entry for each request name, in the order in which they were first asked for. The number of
 * entries is bounded, as `/item/1`, `/item/2`, … would fill memory, wire and file: names past the
 * limit share one overflow entry. The hot path asks for an entry with every request: two map
 * look-ups, no new string.
 */
export class NameTable<Entry> {
  readonly #create: (method: string, name: string) => Entry;
  readonly #maxNames: number;
  readonly #byMethod = new Map<string, Map<string, Entry>>();
  readonly #folded = new Set<string>();
  readonly #entries: Entry[] = [];
  #overflow: Entry | undefined;

  /**
   * @param create - Makes the entry of a new name.
   * @param maxNames - Names that get an entry of their own, >= 1.
   */
  constructor(create: (method: string, name: string) => Entry, maxNames: number) {
    this.#create = create;
    this.#maxNames = maxNames;
  }

  /** All entries, the overflow included; grows, so do not keep it over calls of `get`. */
  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** How many distinct names share the overflow entry; above 10,000 it stays at that. */
  get foldedNames(): number {
    return this.#folded.size;
  }

  /** The entry of a name, made now where it is new; long texts are cut. */
  get(method: string, name: string): Entry {
    return this.#byMethod.get(method)?.get(name) ?? this.#add(method, name);
  }

  #add(givenMethod: string, givenName: string): Entry {
    const method = cutText(givenMethod, MAX_METHOD_CHARS);
    const name = cutText(givenName, MAX_NAME_CHARS);
    const names = this.#byMethod.get(method) ?? new Map<string, Entry>();
    const known = names.get(name);
    if (known !== undefined) return known;
    if (method === OVERFLOW_METHOD && name === OVERFLOW_NAME) return this.#overflowEntry();
    const own = this.#entries.length - (this.#overflow === undefined ? 0 : 1);
    if (own >= this.#maxNames) {
      if (this.#folded.size < MAX_FOLDED) this.#folded.add(`${method} ${name}`);
      return this.#overflowEntry();
    }
    const entry = this.#create(method, name);
    this.#byMethod.set(method, names.set(name, entry));
    this.#entries.push(entry);
    return entry;
  }

  #overflowEntry(): Entry {
    if (this.#overflow === undefined) {
      this.#overflow = this.#create(OVERFLOW_METHOD, OVERFLOW_NAME);
      this.#entries.push(this.#overflow);
    }
    return this.#overflow;
  }
}
