const CR = 13;
const COLON = 58;

/** Lower-case names to values; a list where a name came more than once. */
export type HeaderRecord = Readonly<Record<string, string | readonly string[] | undefined>>;

/**
 * The headers of an answer; names in any case. Hot: made for every answer, and most scripts read none or
 * one, so the lines stay as they came and are searched when somebody asks.
 */
export class ResponseHeaders implements Iterable<[string, string]> {
  /** Those of an answer that never came. */
  static readonly NONE: ResponseHeaders = new ResponseHeaders({});

  /** False where there is no `set-cookie` line for certain. */
  readonly hasCookies: boolean;
  /** False where there is no `content-encoding` line for certain. */
  readonly hasEncoding: boolean;
  /** A first line that is no header, lines `name: value`, an empty line; each ended by CR LF. */
  readonly #head: string;
  #charset: string | undefined = undefined;

  /**
   * @param source - A record, or the head as it came: with status line and empty line, a character for
   *   each byte. Checked already in either case: no line break within a value.
   */
  constructor(source: HeaderRecord | string, hasCookies = true, hasEncoding = true) {
    this.#head = typeof source === 'string' ? source : headOf(source);
    this.hasCookies = hasCookies;
    this.hasEncoding = hasEncoding;
  }

  /** The value, several of one name joined with `, ` in the order they came; `undefined` without any. */
  get(name: string): string | undefined {
    const lower = name.toLowerCase();
    let at = this.#find(lower, this.#head.indexOf('\r\n') + 2);
    if (at < 0) return undefined;
    let value = this.#valueAt(at + lower.length);
    for (;;) {
      at = this.#find(lower, this.#nextLine(at));
      if (at < 0) return value;
      value += `, ${this.#valueAt(at + lower.length)}`;
    }
  }

  /** Each value of `name` by itself, as `set-cookie` needs it; empty without any. */
  getAll(name: string): readonly string[] {
    const lower = name.toLowerCase();
    const values: string[] = [];
    let at = this.#find(lower, this.#head.indexOf('\r\n') + 2);
    while (at >= 0) {
      values.push(this.#valueAt(at + lower.length));
      at = this.#find(lower, this.#nextLine(at));
    }
    return values;
  }

  /** Whether the answer had such a header. */
  has(name: string): boolean {
    return this.#find(name.toLowerCase(), this.#head.indexOf('\r\n') + 2) >= 0;
  }

  /** Name (lower case) and value, a pair for each line of the head; lines of one name after each other. */
  *[Symbol.iterator](): Iterator<[string, string]> {
    const names = new Set<string>();
    const head = this.#head;
    for (let at = head.indexOf('\r\n') + 2; head.charCodeAt(at) !== CR; at = this.#nextLine(at)) {
      names.add(head.slice(at, head.indexOf(':', at)).toLowerCase());
    }
    for (const name of names) {
      for (const value of this.getAll(name)) yield [name, value];
    }
  }

  /** The charset of `content-type` in lower case; the empty string where it names none. */
  get charset(): string {
    this.#charset ??= charsetOf(this.get('content-type'));
    return this.#charset;
  }

  /** Where the next line of that name begins, from the line at `at` on; -1 where there is none. */
  #find(lower: string, at: number): number {
    const head = this.#head;
    const { length } = lower;
    if (length === 0 || lower.includes(':')) return -1;
    for (let line = at; head.charCodeAt(line) !== CR; line = this.#nextLine(line)) {
      // Most lines differ in the length of their names already.
      if (head.charCodeAt(line + length) !== COLON) continue;
      if (head.slice(line, line + length).toLowerCase() === lower) return line;
    }
    return -1;
  }

  #nextLine(at: number): number {
    return this.#head.indexOf('\r\n', at) + 2;
  }

  /** The value behind the colon at `colon`, without the blanks around it. */
  #valueAt(colon: number): string {
    const head = this.#head;
    let from = colon + 1;
    let to = head.indexOf('\r\n', colon);
    while (from < to && isBlank(head.charCodeAt(from))) from += 1;
    while (to > from && isBlank(head.charCodeAt(to - 1))) to -= 1;
    return head.slice(from, to);
  }
}

function headOf(record: HeaderRecord): string {
  let head = '\r\n';
  for (const [name, value] of Object.entries(record)) {
    if (typeof value === 'string') head += `${name}: ${value}\r\n`;
    else for (const one of value ?? []) head += `${name}: ${one}\r\n`;
  }
  return `${head}\r\n`;
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9;
}

function charsetOf(contentType: string | undefined): string {
  const charset = /charset\s*=\s*"?([^";\s]+)/i.exec(contentType ?? '')?.[1];
  return charset?.toLowerCase() ?? '';
}
