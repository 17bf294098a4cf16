import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { exchangeText } from '../../../../src/cli/trial/once-trace.ts';
import { ResponseHeaders } from '../../../../src/http/exchange/response-headers.ts';
import type { TracedExchange } from '../../../../src/http/tracing-engine.ts';

/** What an exchange came to; times are microseconds from when the engine acted. */
interface Outcome {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: string | Uint8Array;
  readonly failure?: string;
}

function ended(request: Partial<TracedExchange>, outcome: Outcome): TracedExchange {
  const { status = 0, headers = {}, body = '', failure } = outcome;
  const hasAnswer = failure === undefined;
  return {
    ...{ method: 'GET', origin: 'http://h.test', path: '/', requestHeaders: [], requestBody: null },
    ...request,
    status,
    headers: new ResponseHeaders(headers),
    body: Buffer.from(body),
    failure,
    actedUs: 1000,
    connectedUs: hasAnswer ? 1500 : -1,
    securedUs: -1,
    requestSentUs: hasAnswer ? 2000 : -1,
    firstByteUs: hasAnswer ? 12_000 : -1,
    finishedUs: 12_500,
  };
}

describe('exchangeText', () => {
  it('is one line without a detail, secrets masked', () => {
    const exchange = ended({ path: '/a?token=abc&b=c' }, { status: 200, body: 'hello' });

    expect(exchangeText(exchange, 'off')).toBe(
      'GET http://h.test/a?token=***&b=c -> 200 in 11.5 ms, 5 B\n',
    );
  });

  it('names the failure in place of a status', () => {
    const exchange = ended({}, { failure: 'ECONNREFUSED' });

    expect(exchangeText(exchange, 'headers')).toBe(
      [
        'GET http://h.test/ -> ECONNREFUSED in 11.5 ms',
        '  time   receive 11.5 ms',
        '  > host: h.test',
        '',
      ].join('\n'),
    );
  });

  it('has phases and headers, secrets masked, with what the engine adds', () => {
    const exchange = ended(
      {
        method: 'POST',
        requestHeaders: ['Authorization', 'Bearer abc', 'accept', '*/*'],
        requestBody: Buffer.from('12345'),
      },
      {
        status: 302,
        headers: { 'set-cookie': ['sid=abc; Path=/', 'b=c'], location: '/?key=abc' },
        body: 'moved',
      },
    );

    expect(exchangeText(exchange, 'headers').split('\n')).toEqual([
      'POST http://h.test/ -> 302 in 11.5 ms, 5 B',
      '  time   connect 0.50 ms, send 0.50 ms, first byte 10.0 ms, receive 0.50 ms',
      '  > host: h.test',
      '  > Authorization: Bearer ***',
      '  > accept: */*',
      '  > content-length: 5',
      '  < set-cookie: sid=***; Path=/',
      '  < set-cookie: b=***',
      '  < location: /?key=***',
      '',
    ]);
  });

  it('has bodies where they are asked for, decoded, secrets masked', () => {
    const exchange = ended(
      { requestBody: Buffer.from('{"password":"p"}') },
      { status: 200, headers: { 'content-encoding': 'gzip' }, body: gzipSync('one\ntwo') },
    );

    expect(exchangeText(exchange, 'bodies')).toContain('  >\n  > {"password":"***"}\n');
    expect(exchangeText(exchange, 'bodies')).toContain('  <\n  < one\n  < two\n');
  });

  it.each([
    [Uint8Array.from([0x89, 0x50, 0xff]), '(3 B, binary)'],
    ['a\u0000b', '(3 B, binary)'],
    [`${'x'.repeat(5000)}`, `${'x'.repeat(4096)}… (5,000 B in all)`],
    // The limit falls between the two bytes of a character.
    [`x${'é'.repeat(3000)}`, `x${'é'.repeat(2047)}… (6,001 B in all)`],
  ])('shows a body that is no short text as far as it can be: %#', (body, shown) => {
    expect(exchangeText(ended({}, { status: 200, body }), 'bodies')).toContain(`  < ${shown}\n`);
  });

  it('lets no control characters of a server through, nor a header without end', () => {
    const headers = { 'x-a': `\u001b[2J${'y'.repeat(5000)}` };
    const exchange = ended({}, { status: 200, headers, body: 'a\u0085b\rc' });

    const text = exchangeText(exchange, 'bodies');

    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(1100);
  });
});
