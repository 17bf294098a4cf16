import { isIP } from 'node:net';
import { parseDurationSeconds } from '../../../base/units.ts';
import { withoutCredentials } from '../../../base/url-credentials.ts';
import { isMethod } from '../../../script/bundle/targets-file.ts';
import type { LogLevel } from '../../../stats/snapshot/run-snapshot.ts';
import type { TraceDetail } from './option-values.ts';
import { isPlain, quote } from './quote.ts';

/** A value, or what is wrong with the text: `got …, wanted …`, to be put behind the option's name. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: string };

/** Reads one value from text. */
export type ValueParser<T> = (text: string) => Parsed<T>;

/** A run of a year is a typing error. */
const LONGEST_SECONDS = 365 * 24 * 3600;

/** A body is held in memory whole. */
const LARGEST_BYTES = 1024 ** 3;

/** A result that went well. */
export function good<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

/** A result that says what was given and what is wanted. */
export function wanted<T>(text: string, what: string): Parsed<T> {
  return { ok: false, problem: `got ${quote(withoutCredentials(text))}, wanted ${what}` };
}

/** Whole numbers in [from, to]. */
export function wholeNumber(from: number, to: number): ValueParser<number> {
  return (text) => {
    const value = /^[+-]?\d+$/.test(text.trim()) ? Number(text) : Number.NaN;
    if (value >= from && value <= to) return good(value);
    return wanted(text, `a whole number from ${grouped(from)} to ${grouped(to)}`);
  };
}

/** Numbers above 0, up to a million: a rate per second. */
export const ratePerSecond: ValueParser<number> = (text) => {
  const value = /^(\d+\.?\d*|\.\d+)$/.test(text.trim()) ? Number(text) : Number.NaN;
  if (value > 0 && value <= 1_000_000) return good(value);
  return wanted(text, 'a number per second above 0 and up to 1,000,000, such as 10 or 0.5');
};

/** Durations above 0 in seconds. */
export const durationAboveZero: ValueParser<number> = (text) => {
  const seconds = parseDurationSeconds(text);
  if (seconds !== undefined && seconds > 0 && seconds <= LONGEST_SECONDS) return good(seconds);
  return wanted(text, 'a time above 0 such as 90, 90s, 5m or 1h30m');
};

/** Durations from 0 in seconds. */
export const durationFromZero: ValueParser<number> = (text) => {
  const seconds = parseDurationSeconds(text);
  if (seconds !== undefined && seconds <= LONGEST_SECONDS) return good(seconds);
  return wanted(text, 'seconds from 0, such as 10, or a time such as 1m30s');
};

/** Sizes in bytes: a whole number, or one with kB, MB or GB behind it, which are powers of 1024. */
export const byteSize: ValueParser<number> = (text) => {
  const [, digits, unit = ''] = /^(\d+)\s*([kmg]?)i?b?$/i.exec(text.trim()) ?? [];
  const bytes = Number(digits) * 1024 ** ['', 'k', 'm', 'g'].indexOf(unit.toLowerCase());
  if (bytes > 0 && bytes <= LARGEST_BYTES) return good(bytes);
  return wanted(text, 'a size above 0 and up to 1GB, such as 1048576, 500kB or 2MB');
};

/** Switches as environment and `--flag=value` write them. */
export const trueOrFalse: ValueParser<boolean> = (text) => {
  switch (text.trim().toLowerCase()) {
    case '1':
    case 'true':
      return good(true);
    case '0':
    case 'false':
      return good(false);
    default:
      return wanted(text, '1, true, 0 or false');
  }
};

/** `auto` or a number of processes. */
export const workersOrAuto: ValueParser<number | 'auto'> = (text) => {
  if (text.trim() === 'auto') return good('auto');
  const parsed = wholeNumber(1, 1000)(text);
  return parsed.ok ? parsed : wanted(text, 'auto or a whole number from 1 to 1,000');
};

/** Any text but the empty one. */
export function nonEmptyText(what: string): ValueParser<string> {
  return (text) => (text.trim() === '' ? wanted(text, what) : good(text));
}

/** A URL of http or https; a trailing slash goes. */
export const httpUrl: ValueParser<string> = (text) => {
  const trimmed = text.trim();
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)) return withoutScheme(trimmed, 'http');
  const url = URL.parse(trimmed);
  if (url === null || !/^https?:$/.test(url.protocol)) {
    return wanted(text, 'a URL such as http://localhost:8000 or https://example.org');
  }
  return good(trimmed.replace(/\/$/, ''));
};

/** The base URL of a system under test that may speak any protocol; a trailing slash goes. */
export const baseUrl: ValueParser<string> = (text) => {
  const trimmed = text.trim();
  if (!/^[a-z][a-z0-9+.-]*:\/\//i.test(trimmed)) return withoutScheme(trimmed, 'http');
  const url = URL.parse(trimmed);
  if (url === null || url.host === '') {
    return wanted(text, 'a URL such as http://localhost:8000 or https://example.org');
  }
  return good(trimmed.replace(/\/$/, ''));
};

/** A SHA-256 in hex, as the JSON summary has it. */
export const sha256Hex: ValueParser<readonly string[]> = (text) => {
  const hex = text.trim().toLowerCase();
  return /^[\da-f]{64}$/.test(hex) ? good([hex]) : wanted(text, 'the 64 hex digits of a SHA-256');
};

function withoutScheme<T>(text: string, scheme: string): Parsed<T> {
  const suggestion = `${scheme}://${text}`;
  const shown = withoutCredentials(suggestion);
  if (!isPlain(text) || !URL.canParse(suggestion))
    return wanted(text, `a URL such as ${scheme}://localhost:8000`);
  return {
    ok: false,
    problem: `got ${quote(shown.slice(scheme.length + 3))}, which has no scheme: did you mean ${shown}?`,
  };
}

/** An address to listen on: an IP address or a host name, without a port. */
export const listenAddress: ValueParser<string> = (text) => {
  const address = text.trim().replace(/^\[(.*)\]$/, '$1');
  const looksRight = isIP(address) !== 0 || /^[A-Za-z][\w.-]*$/.test(address);
  if (looksRight) return good(address);
  return wanted(text, 'an address without a port, such as 127.0.0.1, 0.0.0.0 or ::1');
};

/** IP addresses, separated by commas. */
export const ipAddresses: ValueParser<readonly string[]> = (text) => {
  const addresses = text.split(',').map((address) => address.trim());
  const odd = addresses.find((address) => isIP(address) === 0);
  return odd === undefined ? good(addresses) : wanted(odd, 'an IP address');
};

const LOG_LEVELS: Readonly<Record<string, LogLevel>> = {
  debug: 'debug',
  info: 'info',
  warn: 'warn',
  warning: 'warn',
  error: 'error',
  critical: 'error',
};

/** Log levels, Locust's spelling included. */
export const logLevel: ValueParser<LogLevel> = (text) => {
  const name = text.trim().toLowerCase();
  const level = Object.hasOwn(LOG_LEVELS, name) ? LOG_LEVELS[name] : undefined;
  return level === undefined ? wanted(text, 'debug, info, warning or error') : good(level);
};

/** `a,b` as a list of tags. */
export const tagNames: ValueParser<readonly string[]> = (text) => {
  const names = text.split(',').map((name) => name.trim());
  return names.includes('') ? wanted(text, 'tags such as a or a,b') : good(names);
};

/** One `KEY=VALUE` whose key the given pattern allows. */
export function keyAndValue(key: RegExp, what: string): ValueParser<readonly [string, string]> {
  return (text) => {
    const split = text.indexOf('=');
    const name = text.slice(0, Math.max(split, 0)).trim();
    return key.test(name) ? good([name, text.slice(split + 1)] as const) : wanted(text, what);
  };
}

/** The method of a request, in capitals. */
export const requestMethod: ValueParser<string> = (text) => {
  const method = text.trim();
  return isMethod(method)
    ? good(method.toUpperCase())
    : wanted(text, 'a method such as GET or POST');
};

/** One header as `Name: value`; `Name=value` is how an object of a configuration file arrives. */
export const headerField: ValueParser<readonly [string, string]> = (text) => {
  const [, name = '', value = ''] =
    /^([\w!#$%&'*+.^`|~-]+)\s*[:=]\s*(.*)$/s.exec(text.trim()) ?? [];
  if (name !== '' && !/[^\P{Cc}\t]/u.test(value)) return good([name, value] as const);
  // What was given may hold a secret, and so is not repeated.
  return { ok: false, problem: "wanted a header in one line, such as 'Accept: application/json'" };
};

/** What `--trace` asks for. */
export const traceDetail: ValueParser<TraceDetail> = (text) => {
  if (text.trim() === 'body') return good('bodies');
  const asked = trueOrFalse(text);
  if (!asked.ok) return wanted(text, 'nothing, or =body');
  return good(asked.value ? 'headers' : 'off');
};

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
