/**
 * The bytes of a request. Hot: made once for each `RequestHead`, so that a request without a body is one
 * string that is there already.
 */

import type { RequestHead } from '../exchange/exchange.ts';
import { TEXT_BYTES, TOKEN_BYTES } from './raw-characters.ts';
import { HeadMemory } from './raw-head.ts';

/** Methods whose requests say `content-length: 0` where they carry nothing. */
const PAYLOAD_METHODS: ReadonlySet<string> = new Set([
  'PUT',
  'POST',
  'PATCH',
  'QUERY',
  'PROPFIND',
  'PROPPATCH',
]);
/** Headers of the connection, which is the engine's. */
const ENGINE_HEADERS: ReadonlySet<string> = new Set(['transfer-encoding', 'keep-alive', 'upgrade']);
const NO_LENGTH = -1;

/** A request head ready to be written. */
export class PreparedRequest {
  /** Without the lines about the body and the empty line. */
  readonly lead: string;
  /** The whole request where it carries nothing. */
  readonly bodyless: string;
  /** Whether the connection ends with this exchange. */
  readonly isLast: boolean;
  /** Whether it is a HEAD, whose answer has no body. */
  readonly isHead: boolean;
  /** `content-length` as the script gave it; -1 where it did not. */
  readonly givenLength: number;
  /** Why it cannot be sent; `undefined` where it can. */
  readonly problem: string | undefined;
  /** The head that answered this request last. */
  readonly memory: HeadMemory = new HeadMemory();
  /** The option that it was made for. */
  readonly keepAlive: boolean;
  #bodylessBytes: Buffer | undefined = undefined;

  constructor(head: RequestHead, authority: string, keepAlive: boolean) {
    const lines = new LineCheck(head.headers);
    const { method, path } = head;
    this.keepAlive = keepAlive;
    this.isLast = !keepAlive || lines.saysClose;
    this.isHead = method === 'HEAD';
    this.givenLength = lines.contentLength;
    this.problem = problemOf(method, path) ?? lines.problem;
    const connection = this.isLast ? 'close' : 'keep-alive';
    this.lead = `${method} ${path} HTTP/1.1\r\nhost: ${lines.host ?? authority}\r\nconnection: ${connection}\r\n${lines.text}`;
    this.bodyless = `${this.lead}${PAYLOAD_METHODS.has(method) ? 'content-length: 0\r\n' : ''}\r\n`;
  }

  /** `bodyless` for TLS, which would copy a string twice; plain sockets take one as it is. */
  get bodylessBytes(): Buffer {
    this.#bodylessBytes ??= Buffer.from(this.bodyless, 'latin1');
    return this.#bodylessBytes;
  }
}

/** The prepared form of `head`, made where it is not there yet. */
export function preparedOf(
  head: RequestHead,
  authority: string,
  keepAlive: boolean,
): PreparedRequest {
  const known = head.prepared;
  if (known instanceof PreparedRequest && known.keepAlive === keepAlive) return known;
  const prepared = new PreparedRequest(head, authority, keepAlive);
  head.prepared = prepared;
  return prepared;
}

/** Header lines checked and joined; what the engine sends itself is taken out of them. */
class LineCheck {
  text = '';
  host: string | undefined = undefined;
  contentLength = NO_LENGTH;
  saysClose = false;
  problem: string | undefined = undefined;

  constructor(lines: readonly string[]) {
    for (let index = 0; index < lines.length && this.problem === undefined; index += 2) {
      this.#add(lines[index] ?? '', lines[index + 1] ?? '');
    }
  }

  #add(name: string, value: string): void {
    const lower = name.toLowerCase();
    if (!isAll(TOKEN_BYTES, name) || name === '') this.problem = 'invalid header key';
    else if (!isAll(TEXT_BYTES, value)) this.problem = `invalid ${name} header`;
    else if (lower === 'host') this.#host(value);
    else if (lower === 'content-length') this.#contentLength(value);
    else if (lower === 'connection') this.#connection(value);
    else if (ENGINE_HEADERS.has(lower)) this.problem = `invalid ${lower} header`;
    else if (lower === 'expect') this.problem = 'expect header not supported';
    else this.text += `${name}: ${value}\r\n`;
  }

  #host(value: string): void {
    if (this.host !== undefined) this.problem = 'duplicate host header';
    this.host = value;
  }

  #contentLength(value: string): void {
    if (this.contentLength !== NO_LENGTH) this.problem = 'duplicate content-length header';
    else if (!/^\d{1,15}$/.test(value)) this.problem = 'invalid content-length header';
    this.contentLength = Number(value);
  }

  #connection(value: string): void {
    for (const option of value.toLowerCase().split(',')) {
      const name = option.trim();
      if (name === '' || !isAll(TOKEN_BYTES, name)) this.problem = 'invalid connection header';
      if (name === 'close') this.saysClose = true;
    }
  }
}

function problemOf(method: string, path: string): string | undefined {
  // CONNECT makes a tunnel of the connection: nothing that could be measured here.
  if (method === '' || method === 'CONNECT' || !isAll(TOKEN_BYTES, method))
    return 'invalid request method';
  // Everything visible, so that no path can end the line.
  const isPath = path[0] === '/' && /^[\x21-\x7e\x80-\xff]*$/.test(path);
  return isPath ? undefined : 'invalid request path';
}

function isAll(table: Uint8Array, text: string): boolean {
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    // Beyond latin1 a character has no byte.
    if (code > 255 || table[code] !== 1) return false;
  }
  return true;
}
