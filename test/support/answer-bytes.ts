import fc from 'fast-check';

const reason = fc.constantFrom('', ' ', ' OK', ' Not Found Here', ' caf\xe9');
const status = fc.constantFrom(200, 201, 204, 206, 301, 304, 400, 404, 418, 500, 503, 599);
const version = fc.constantFrom('1.1', '1.1', '1.1', '1.0');
const name = fc.constantFrom('x-a', 'X-B', 'date', 'Server', 'set-cookie', 'vary', 'ETag');
const value = fc.string({
  unit: fc.constantFrom('a', 'b', ':', ';', ',', '"', '=', '\xe9', '/', '%', '0'),
  maxLength: 12,
});
const header = fc.tuple(name, value).map(([key, text]) => `${key}: ${text}\r\n`);
const connection = fc.constantFrom(
  '',
  '',
  'connection: close\r\n',
  'Connection: Keep-Alive\r\n',
  'keep-alive: timeout=5\r\n',
);
const body = fc.string({
  unit: fc.constantFrom('a', '\r', '\n', '\x00', '\xff', '0'),
  maxLength: 40,
});
const extension = fc.constantFrom('', '', ';a', ';a=b', ';a="b c"');
const trailers = fc.constantFrom('', '', 'x-t: 1\r\n', 'x-t: 1\r\nx-u:\r\n');

interface Framed {
  readonly lines: string;
  readonly text: string;
}

const withLength = body.map(
  (text): Framed => ({ lines: `content-length: ${text.length}\r\n`, text }),
);
const toTheClose = body.map((text): Framed => ({ lines: '', text }));
const chunksWith = (extensions: fc.Arbitrary<string>): fc.Arbitrary<Framed> =>
  fc
    .tuple(fc.array(fc.tuple(body, extensions), { maxLength: 4 }), trailers)
    .map(([parts, end]): Framed => {
      const chunks = parts
        .filter(([text]) => text !== '')
        .map(([text, extra]) => `${text.length.toString(16)}${extra}\r\n${text}\r\n`);
      return { lines: 'Transfer-Encoding: chunked\r\n', text: `${chunks.join('')}0\r\n${end}\r\n` };
    });
const interim = fc.constantFrom('', '', '', 'HTTP/1.1 103 Early Hints\r\nlink: <a>\r\n\r\n');

const answersIn = (framed: fc.Arbitrary<Framed>): fc.Arbitrary<string> =>
  fc
    .record({
      interim,
      version,
      status,
      reason,
      headers: fc.array(header, { maxLength: 5 }),
      connection,
      framed,
    })
    .map((one) => {
      const head = `HTTP/${one.version} ${one.status}${one.reason}\r\n${one.headers.join('')}${one.connection}`;
      return `${one.interim}${head}${one.framed.lines}\r\n${one.framed.text}`;
    });

const spoiling = fc.constantFrom(
  '\r\n ',
  '\n',
  '\r',
  '\x01',
  ':',
  ' ',
  '\r\n\r\n',
  'content-length: 1\r\n',
  'Transfer-Encoding: chunked\r\n',
);

/** Answers that follow the standard, a character for each byte; the other side closes behind them. */
export const answers: fc.Arbitrary<string> = answersIn(
  fc.oneof(withLength, chunksWith(extension), toTheClose),
);

/** The same without extensions of chunks, which the engines do not read alike. */
export const answersWithoutExtensions: fc.Arbitrary<string> = answersIn(
  fc.oneof(withLength, chunksWith(fc.constant('')), toTheClose),
);

/** One change anywhere in an answer: something cut out, or something put in that means something. */
export const hostileEdits: fc.Arbitrary<(text: string) => string> = fc
  .tuple(fc.nat(), fc.integer({ min: 0, max: 4 }), spoiling, fc.boolean())
  .map(([place, count, added, isCut]) => (text: string): string => {
    const at = place % (text.length + 1);
    return isCut
      ? text.slice(0, at) + text.slice(at + count + 1)
      : text.slice(0, at) + added + text.slice(at);
  });
