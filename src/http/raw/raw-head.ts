/**
 * The head of an answer as the raw engine understands it. Hot where a head is new; a head that is the
 * same as the last one for its request costs one comparison instead (`HeadMemory`).
 */
import { ResponseHeaders } from '../exchange/response-headers.ts';

/** How the end of a body is found. */
export type BodyFraming = 'none' | 'length' | 'chunked' | 'close';

/** A head that was read; never changed, so that equal heads can share one. */
export interface AnswerHead {
  /** From the status line to the empty line, a character for each byte. */
  readonly text: string;
  readonly status: number;
  readonly headers: ResponseHeaders;
  readonly framing: BodyFraming;
  /** With framing `length`; 0 otherwise. */
  readonly contentLength: number;
  /** Whether the connection may be used again after it. */
  readonly isKept: boolean;
  /** How long the server says that it keeps an idle connection; -1 where it does not say. */
  readonly keepAliveMs: number;
}

/**
 * The last head that answered one request (method, URL and headers). Servers repeat themselves: within a
 * second, even the date is the same.
 */
export class HeadMemory {
  last: AnswerHead | undefined = undefined;
}

/** What the lines of a head said, as far as it decides about the connection; filled in line by line. */
export interface HeadFacts {
  status: number;
  isHttp10: boolean;
  /** -1 without `content-length`. */
  contentLength: number;
  hasTransferEncoding: boolean;
  /** The last transfer coding is `chunked`. */
  isChunked: boolean;
  saysClose: boolean;
  saysKeepAlive: boolean;
  keepAliveMs: number;
  hasCookies: boolean;
  hasEncoding: boolean;
}

/**
 * The head that `facts` describe.
 *
 * @param isBodyless - The request was a HEAD: whatever the head says, no body follows.
 */
export function headFrom(text: string, facts: HeadFacts, isBodyless: boolean): AnswerHead {
  const { status } = facts;
  const hasNoContent = status === 204 || status === 304;
  const framing = isBodyless || hasNoContent ? 'none' : framingOf(facts);
  const isPersistent = facts.isHttp10 ? facts.saysKeepAlive && !facts.saysClose : !facts.saysClose;
  // A server that announces a body where none can be may well send it.
  const isSuspect =
    hasNoContent && !isBodyless && (facts.contentLength > 0 || facts.hasTransferEncoding);
  // The standard distrusts transfer codings of HTTP/1.0: what follows may not be an answer.
  const isOddlyFramed = facts.isHttp10 && facts.hasTransferEncoding;
  return {
    text,
    status,
    headers: new ResponseHeaders(text, facts.hasCookies, facts.hasEncoding),
    framing,
    contentLength: framing === 'length' ? facts.contentLength : 0,
    isKept: isPersistent && framing !== 'close' && !isSuspect && !isOddlyFramed,
    keepAliveMs: facts.keepAliveMs,
  };
}

function framingOf(facts: HeadFacts): BodyFraming {
  if (facts.isChunked) return 'chunked';
  if (facts.hasTransferEncoding) return 'close';
  if (facts.contentLength < 0) return 'close';
  return facts.contentLength === 0 ? 'none' : 'length';
}
