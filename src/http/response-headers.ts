/** Lower-case names to values; a list where a name came more than once. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/** The headers of an answer; names in any case. */
export class ResponseHeaders implements Iterable<[string, string]> {
  /** Those of an answer that never came. */
  static readonly NONE: ResponseHeaders = new ResponseHeaders({});

  readonly #record: HeaderRecord;

  /** @param record - Kept, not copied. */
  constructor(record: HeaderRecord) {
    this.#record = record;
  }

  /** The value, several of one name joined with `, ` in the order they came; `undefined` without any. */
  get(name: string): string | undefined {
    const value = this.#lookUp(name);
    return typeof value === 'object' ? value.join(', ') : value;
  }

  /** Each value of `name` by itself, as `set-cookie` needs it; empty without any. */
  getAll(name: string): readonly string[] {
    const value = this.#lookUp(name);
    if (value === undefined) return [];
    return typeof value === 'object' ? value : [value];
  }

  /** Whether the answer had such a header. */
  has(name: string): boolean {
    return this.#lookUp(name) !== undefined;
  }

  /** Name (lower case) and value, a pair for each line of the head. */
  *[Symbol.iterator](): Iterator<[string, string]> {
    for (const [name, value] of Object.entries(this.#record)) {
      if (typeof value === 'string') yield [name, value];
      else for (const one of value ?? []) yield [name, one];
    }
  }

  #lookUp(name: string): string | readonly string[] | undefined {
    const lower = name.toLowerCase();
    // A record is a plain object, which inherits `constructor` and the like.
    return Object.hasOwn(this.#record, lower) ? this.#record[lower] : undefined;
  }
}
