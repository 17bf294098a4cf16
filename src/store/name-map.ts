/** One entry for each request name, in the order in which they came; finding one makes no new string. */
export class NameMap<Entry> {
  readonly #byMethod = new Map<string, Map<string, Entry>>();
  readonly #entries: Entry[] = [];

  /** The entry of a name, made and put in where there is none. */
  entryOf(method: string, name: string, create: (method: string, name: string) => Entry): Entry {
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
