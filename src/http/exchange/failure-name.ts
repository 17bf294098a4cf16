import { getSystemErrorMap } from 'node:util';
import { messageOf } from '../../base/errors.ts';
import { isError, textOf } from '../../base/thrown.ts';
import { withoutCredentials } from '../../base/url-credentials.ts';
import { ProxyRefusal, RequestBodyError } from './http-errors.ts';

/** Names that do not follow from the code alone. A name holds no address, port or count. */
const NAMES: Readonly<Record<string, string>> = {
  // The other end closed before the answer was complete; how its last packets came decides which of
  // these the parser sees, so all have one name.
  UND_ERR_SOCKET: 'ECONNRESET',
  UND_ERR_RES_CONTENT_LENGTH_MISMATCH: 'ECONNRESET',
  EPIPE: 'ECONNRESET',
  EPROTO: 'TLS: EPROTO',
  UND_ERR_HEADERS_OVERFLOW: 'bad response: headers over 64 kB',
  // undici asserts what it takes for granted about an answer: a status from 100, no upgrade unasked for.
  ERR_ASSERTION: 'bad response: unexpected',
  UND_ERR_REQ_CONTENT_LENGTH_MISMATCH: 'bad request: content-length is not that of the body',
};

/** What undici says about a socket whose bytes are no answer to a request. */
const BAD_ANSWERS: ReadonlySet<string> = new Set(['bad response', 'bad upgrade']);

/** Codes of the operating system and of name resolution: known to everybody by these names. */
const SYSTEM_CODES: ReadonlySet<string> = new Set(
  [...getSystemErrorMap().values()]
    .map(([name]) => name)
    .concat('ENOTFOUND', 'ENODATA', 'ESERVFAIL'),
);

/** Longest text of others that a name may hold. */
const MAX_TEXT_LENGTH = 120;

/** The first line of a text from elsewhere, bounded and without passwords, so that it can be part of a name. */
export function shortText(text: string): string {
  const [line = ''] = withoutCredentials(text).split('\n', 1);
  return line.length > MAX_TEXT_LENGTH ? `${line.slice(0, MAX_TEXT_LENGTH)}…` : line;
}

/**
 * The short stable name of an error that an engine met: `ECONNREFUSED`, `TLS: CERT_HAS_EXPIRED`,
 * `bad response: invalid constant`. Equal causes have equal names, whatever the address.
 */
export function failureName(error: unknown): string {
  if (!isError(error)) return `error: ${shortText(messageOf(error))}`;
  const code = textOf(error, 'code');
  if (code === 'UND_ERR_SOCKET' && BAD_ANSWERS.has(messageOf(error)))
    return 'bad response: unexpected';
  if (textOf(error, 'name') === 'HTTPParserError') return parserFailureName(messageOf(error));
  const name = NAMES[code];
  if (name !== undefined) return name;
  if (SYSTEM_CODES.has(code) || code.startsWith('EAI_')) return code;
  if (code.startsWith('HPE_'))
    return `bad response: ${code.slice(4).toLowerCase().replaceAll('_', ' ')}`;
  if (code === 'UND_ERR_INVALID_ARG' || code === 'UND_ERR_NOT_SUPPORTED') {
    return `bad request: ${shortText(messageOf(error))}`;
  }
  if (error instanceof ProxyRefusal) return error.message;
  if (error instanceof RequestBodyError) return `bad body: ${shortText(error.message)}`;
  // What is left with a code of this form comes from certificates and handshakes.
  if (/^(ERR_(SSL|TLS|OSSL)_|(?!ERR_|UND_ERR_|KAT_))[A-Z0-9_]+$/.test(code)) return `TLS: ${code}`;
  return `error: ${shortText(messageOf(error))}`;
}

/** The parser's reasons are fixed texts in parentheses: `… protocol (Expected HTTP/)`. */
function parserFailureName(message: string): string {
  const reason = /\(([^()]*)\)$/.exec(message)?.[1] ?? 'not HTTP/1.1';
  // Closed in the middle of an answer, as the codes above say in other cases.
  return reason.startsWith('Invalid EOF state')
    ? 'ECONNRESET'
    : `bad response: ${shortText(reason)}`;
}
