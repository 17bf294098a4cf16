import { formatTime, withCommas } from '../../base/format.ts';
import { inLog } from '../../base/outside-text.ts';
import { usToMs } from '../../base/units.ts';
import { decodeContent } from '../../http/request/content-decoding.ts';
import type { TracedExchange } from '../../http/tracing-engine.ts';
import type { TraceDetail } from '../options/table/option-values.ts';
import { maskedBody, maskedHeader, maskedUrl } from './mask-secrets.ts';

/** The most that is shown of one body, in bytes. */
const MAX_BODY_BYTES = 4096;
/** Longest body that is decoded, in bytes; a longer one is shown as it was received. */
const MAX_DECODED_BYTES = 64 * 1024 * 1024;
/** The most that is shown of one header, in characters. */
const MAX_HEADER_CHARS = 1000;

/**
 * One exchange as a trial shows it, secrets masked: `GET http://host/path -> 200 in 1.2 ms, 5 B`;
 * `headers` adds the phases of its time and the headers of both sides, `bodies` also the bodies.
 *
 * @returns Lines with a line break after each; control characters are taken out.
 */
export function exchangeText(exchange: TracedExchange, detail: TraceDetail): string {
  const lines = [headline(exchange)];
  if (detail !== 'off') {
    lines.push(`  time   ${phases(exchange)}`);
    lines.push(...requestHeaders(exchange).map((line) => `  > ${line}`));
    if (detail === 'bodies') lines.push(...bodyLines('> ', requestBody(exchange)));
    lines.push(...responseHeaders(exchange).map((line) => `  < ${line}`));
    if (detail === 'bodies') lines.push(...bodyLines('< ', responseBody(exchange)));
  }
  return lines.map((line) => `${inLog(line)}\n`).join('');
}

function headline(exchange: TracedExchange): string {
  const { method, origin, path } = exchange;
  const fromUs = exchange.actedUs < 0 ? exchange.finishedUs : exchange.actedUs;
  const took = formatTime(usToMs(exchange.finishedUs - fromUs));
  const what = exchange.failure ?? `${exchange.status}`;
  const size = exchange.failure === undefined ? `, ${withCommas(exchange.body.length)} B` : '';
  return `${method} ${maskedUrl(origin + path)} -> ${what} in ${took}${size}`;
}

/** Where the time went, in the order of the phases; phases that did not happen are left out. */
function phases(exchange: TracedExchange): string {
  const shown: string[] = [];
  let reachedUs = exchange.actedUs;
  const stamps: readonly (readonly [string, number])[] = [
    ['connect', exchange.connectedUs],
    ['TLS', exchange.securedUs],
    ['send', exchange.requestSentUs],
    ['first byte', exchange.firstByteUs],
    ['receive', exchange.finishedUs],
  ];
  for (const [name, stampUs] of stamps) {
    if (reachedUs < 0 || stampUs < reachedUs) continue;
    shown.push(`${name} ${formatTime(usToMs(stampUs - reachedUs))}`);
    reachedUs = stampUs;
  }
  return shown.length === 0 ? 'nothing was sent' : shown.join(', ');
}

function requestHeaders(exchange: TracedExchange): readonly string[] {
  const { origin, requestHeaders: headers, requestBody: body } = exchange;
  // The engine adds these itself.
  const lines = [headerLine('host', new URL(origin).host)];
  for (let index = 0; index < headers.length; index += 2) {
    lines.push(headerLine(headers[index] ?? '', headers[index + 1] ?? ''));
  }
  if (body instanceof Uint8Array) lines.push(headerLine('content-length', `${body.length}`));
  return lines;
}

function responseHeaders({ headers }: TracedExchange): readonly string[] {
  return [...headers].map(([name, value]) => headerLine(name, value));
}

function headerLine(name: string, value: string): string {
  const masked = maskedHeader(name, value);
  const isLong = masked.length > MAX_HEADER_CHARS;
  return `${name}: ${isLong ? `${masked.slice(0, MAX_HEADER_CHARS)}…` : masked}`;
}

function requestBody({ requestBody: body }: TracedExchange): string {
  if (body === null) return '';
  return body instanceof Uint8Array ? bodyText(body) : '(a stream)';
}

function responseBody(exchange: TracedExchange): string {
  const encoding = exchange.headers.get('content-encoding');
  const { body } = decodeContent(exchange.body, encoding, MAX_DECODED_BYTES);
  return bodyText(body);
}

/** Shows the first 4 kB of a text, and of anything else its size. */
function bodyText(body: Uint8Array): string {
  if (body.length === 0) return '';
  const size = `${withCommas(body.length)} B`;
  const shown = body.subarray(0, MAX_BODY_BYTES);
  const isCut = shown.length < body.length;
  let text: string;
  try {
    // The cut may go through the last character, which does not make the text binary.
    text = new TextDecoder('utf-8', { fatal: true }).decode(shown, { stream: isCut });
  } catch {
    return `(${size}, binary)`;
  }
  if (/[^\P{Cc}\t\n\f\r]/u.test(text)) return `(${size}, binary)`;
  return isCut ? `${maskedBody(text)}… (${size} in all)` : maskedBody(text);
}

function bodyLines(mark: string, text: string): readonly string[] {
  if (text === '') return [];
  return ['', ...text.trimEnd().split(/\r?\n/)].map((line) => `  ${mark}${line}`.trimEnd());
}
