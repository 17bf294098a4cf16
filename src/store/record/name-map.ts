/** What stands for a request name. */
interface Named {
  readonly method: string;
  readonly name: string;
}

/** One entry for each request name, in the order in which they came; finding one makes no new string. */
export class NameMap<Entry extends Named> {
  readonly #byMethod = new Map<string, Map<string, Entry>>();
  readonly #entries: Entry[] = [];

  /**
   * The entry of a name, made and put in where there is none.
   *
   * @param place - Where it probably is among the entries: workers send their names in the same order each
   *   second.
   */
  entryOf(
    method: string,
    name: string,
    create: (method: string, name: string) => Entry,
    place?: number,
  ): Entry {
    const hinted = place === undefined ? undefined : this.#entries[place];
    if (hinted !== undefined && hinted.name === name && hinted.method === method) return hinted;
    let names = this.#byMethod.get(method);
    if (names === undefined) {
      names = new Map();
      this.#byMethod.set(method, names);
    }
    let entry = names.get(name);
    if (entry === undefined) {
      entry = create(method, name);
      names.set(name, entry);
      this.#entries.push(entry);
    }
    return entry;
  }

  /** All entries. */
  values(): readonly Entry[] {
    return this.#entries;
  }
}
