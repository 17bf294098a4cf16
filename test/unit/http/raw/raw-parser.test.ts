import { describe, expect, it } from 'vitest';
import { type AnswerHead, HeadMemory } from '../../../../src/http/raw/raw-head.ts';
import { AnswerParser } from '../../../../src/http/raw/raw-parser.ts';

function parserOf(text: string, { isBodyless = false, memory = new HeadMemory() } = {}) {
  const heads: AnswerHead[] = [];
  const pieces: [text: string, restBytes: number][] = [];
  const parser = new AnswerParser({
    receiveHead: (head) => heads.push(head),
    receiveBody: (bytes, from, to, restBytes) => {
      pieces.push([bytes.toString('latin1', from, to), restBytes]);
      return true;
    },
    receiveText: (text, at) => {
      pieces.push([text.slice(at), 0]);
      return true;
    },
  });
  const feed = (more: string): number => parser.read(Buffer.from(more, 'latin1'), 0, more.length);
  parser.begin(isBodyless, memory);
  return { parser, heads, pieces, feed, readTo: feed(text) };
}

const head = 'HTTP/1.1 200 OK\r\n';

describe('AnswerParser', () => {
  it('stops behind the answer and leaves what follows', () => {
    const answer = `${head}content-length: 2\r\n\r\nab`;

    const { parser, readTo, pieces } = parserOf(`${answer}HTTP/1.1 200`);

    expect(parser.isComplete).toBe(true);
    expect(readTo).toBe(answer.length);
    expect(pieces).toEqual([['ab', 0]]);
  });

  it('puts blanks in place of folded lines, wherever the head is cut in two', () => {
    const answer = `${head}X-A: one\r\n\ttwo\r\n  three\r\ncontent-length:\r\n 2\r\n\r\nab`;

    for (let cut = 1; cut < answer.length; cut += 1) {
      const { parser, heads, feed } = parserOf(answer.slice(0, cut));
      feed(answer.slice(cut));

      expect(parser.isComplete).toBe(true);
      expect(heads[0]?.headers.get('x-a')).toBe('one  \ttwo    three');
      expect(heads[0]?.contentLength).toBe(2);
    }
  });

  it('says how much of a body with a length is to come', () => {
    const { pieces, feed } = parserOf(`${head}content-length: 5\r\n\r\nab`);

    feed('cde');

    expect(pieces).toEqual([
      ['ab', 3],
      ['cde', 0],
    ]);
  });

  it.each([
    ['of HTTP/1.1', `${head}content-length: 0\r\n\r\n`, true],
    ['that says close', `${head}connection: x, Close\r\ncontent-length: 0\r\n\r\n`, false],
    ['of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n', false],
    [
      'of HTTP/1.0 that says keep-alive',
      'HTTP/1.0 200 OK\r\nconnection: Keep-Alive\r\ncontent-length: 0\r\n\r\n',
      true,
    ],
    ['of 204', 'HTTP/1.1 204 X\r\n\r\n', true],
    ['of 204 with a length', 'HTTP/1.1 204 X\r\ncontent-length: 2\r\n\r\n', false],
    ['in chunks', `${head}transfer-encoding: chunked\r\n\r\n0\r\n\r\n`, true],
    [
      'in chunks of HTTP/1.0',
      'HTTP/1.0 200 X\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      false,
    ],
  ])('keeps the connection after an answer %s: %#', (_what, text, isKept) => {
    const { parser } = parserOf(text);

    expect([parser.isComplete, parser.isKept]).toEqual([true, isKept]);
  });

  it('reads no body behind the answer to a HEAD', () => {
    const { parser, heads } = parserOf(`${head}content-length: 9\r\n\r\n`, { isBodyless: true });

    expect([parser.isComplete, parser.isKept, heads[0]?.framing]).toEqual([true, true, 'none']);
  });

  it('gives the same head object for a head that comes again', () => {
    const memory = new HeadMemory();
    const text = `${head}date: now\r\ncontent-length: 0\r\n\r\n`;

    const [first] = parserOf(text, { memory }).heads;
    const [second] = parserOf(text, { memory }).heads;
    const [other] = parserOf(text.replace('now', 'new'), { memory }).heads;

    expect(second).toBe(first);
    expect(other?.headers.get('date')).toBe('new');
  });

  it('takes head and body at once where it knows the head, and nothing of what is behind', () => {
    const memory = new HeadMemory();
    const first = `${head}content-length: 3\r\n\r\n`;
    parserOf(`${first}abc`, { memory });

    const whole = parserOf(`${first}xyz`, { memory });
    const longer = parserOf(`${first}xyzHTTP`, { memory });
    const other = parserOf(`${first.replace('3', '4')}wxyz`, { memory });

    expect(whole.pieces).toEqual([['xyz', 0]]);
    expect(longer.pieces).toEqual([['xyz', 0]]);
    expect(longer.readTo).toBe(first.length + 3);
    expect(other.pieces).toEqual([['wxyz', 0]]);
    expect([whole, longer, other].every(({ parser }) => parser.isComplete)).toBe(true);
  });

  it.each([
    ['timeout=5', 5000],
    ['max=3, timeout=7', 7000],
    ['timeout="2"', 2000],
    ['max=3', -1],
  ])('understands keep-alive: %s', (value, keepAliveMs) => {
    const { heads } = parserOf(`${head}keep-alive: ${value}\r\ncontent-length: 0\r\n\r\n`);

    expect(heads[0]?.keepAliveMs).toBe(keepAliveMs);
  });

  it('fails heads over 64 kB, interim answers included, in one piece and in many', () => {
    const interim = `HTTP/1.1 103 X\r\nx: ${'y'.repeat(1000)}\r\n\r\n`;
    const long = `${head}x: ${'y'.repeat(70_000)}`;
    const pieces = parserOf('');
    for (let at = 0; at < long.length && pieces.parser.failure === undefined; at += 1000) {
      pieces.feed(long.slice(at, at + 1000));
    }

    for (const { parser } of [parserOf(long), parserOf(interim.repeat(70)), pieces]) {
      expect(parser.failure).toBe('bad response: headers over 64 kB');
    }
    expect(parserOf(`${head}x: ${'y'.repeat(60_000)}\r\n\r\n`).parser.failure).toBeUndefined();
  });

  it.each([
    ['chunk extension over 16 kB', `1;${'x'.repeat(20_000)}`],
    ['trailers over 64 kB', `0\r\nx: ${'y'.repeat(70_000)}`],
    ['invalid chunk size', 'fffffffffffffff\r\n'],
  ])('fails a %s before it is through', (problem, text) => {
    const { parser } = parserOf(`${head}transfer-encoding: chunked\r\n\r\n${text}`);

    expect(parser.failure).toBe(`bad response: ${problem}`);
  });

  it.each([
    ['SSH-2.0', 'not HTTP/1.1'],
    ['HTTP/1.1 200 OK\n', 'LF without CR'],
    ['HTTP/1.1 200 OK\r\n x: 1', 'folded header'],
    ['HTTP/1.1 200 OK\r\nx : 1', 'invalid header name'],
  ])('fails %j at once, without waiting for the rest', (text, problem) => {
    expect(parserOf(text).parser.failure).toBe(`bad response: ${problem}`);
  });
});
