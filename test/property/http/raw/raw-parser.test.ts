import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type AnswerHead, HeadMemory } from '../../../../src/http/raw/raw-head.ts';
import { AnswerParser } from '../../../../src/http/raw/raw-parser.ts';
import { answers, hostileEdits } from '../../../support/answer-bytes.ts';

/** What a parser made of bytes, whatever pieces they came in. */
interface Reading {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  readonly state: 'whole' | 'open' | string;
  readonly isKept: boolean;
  /** Bytes behind the answer. */
  readonly left: number;
}

/** Reads pieces, and then the close where `closes`. */
function readingOf(pieces: readonly Buffer[], memory = new HeadMemory(), closes = true): Reading {
  const heads: AnswerHead[] = [];
  let body = '';
  const parser = new AnswerParser({
    receiveHead: (head) => heads.push(head),
    receiveBody: (bytes, from, to) => {
      body += bytes.toString('latin1', from, to);
      return true;
    },
    receiveText: (text, at) => {
      body += text.slice(at);
      return true;
    },
  });
  parser.begin(false, memory);
  let left = 0;
  for (const piece of pieces) {
    // As a connection does it: the bytes are in a buffer that the next read overwrites.
    const lent = Buffer.alloc(piece.length + 10, 0xee);
    piece.copy(lent, 5);
    const end = parser.read(lent, 5, 5 + piece.length);
    left += 5 + piece.length - end;
    lent.fill(0xdd);
  }
  if (closes) parser.end();
  const [head] = heads;
  const isDone = parser.failure === undefined && parser.isComplete;
  return {
    status: head?.status ?? 0,
    headers: [...(head?.headers ?? [])],
    body,
    state: parser.failure ?? (isDone ? 'whole' : 'open'),
    isKept: isDone && parser.isKept,
    left: parser.failure === undefined ? left : 0,
  };
}

function cutAt(bytes: Buffer, places: readonly number[]): Buffer[] {
  return [0, ...places].map((from, index) => bytes.subarray(from, places[index] ?? bytes.length));
}

function eachByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (_, at) => bytes.subarray(at, at + 1));
}

// The file is of this repository.
const keptAnswers = JSON.parse(
  readFileSync(new URL('../../../fixtures/http-hostile/answers.json', import.meta.url), 'utf8'),
) as readonly { readonly name: string; readonly bytes: string }[];

const spoilt = fc.tuple(answers, hostileEdits).map(([text, edit]) => edit(text));
const anything = fc.oneof(answers, spoilt).map((text) => Buffer.from(text, 'latin1'));

describe('AnswerParser', () => {
  it('reads the same from an answer in two pieces, wherever it is cut', () => {
    fc.assert(
      fc.property(anything, (bytes) => {
        const whole = readingOf([bytes]);

        for (let place = 0; place <= bytes.length; place++) {
          expect(readingOf(cutAt(bytes, [place]))).toEqual(whole);
        }
      }),
      { numRuns: 60 },
    );
  });

  it.each(keptAnswers)(
    'reads $name of the hostile list the same, wherever it is cut',
    ({ bytes }) => {
      const answer = Buffer.from(bytes, 'latin1');
      const whole = readingOf([answer]);

      for (let place = 0; place <= answer.length; place++) {
        expect(readingOf(cutAt(answer, [place]))).toEqual(whole);
      }
      expect(readingOf(eachByte(answer))).toEqual(whole);
    },
  );

  it('reads the same byte by byte, and in any pieces', () => {
    fc.assert(
      fc.property(anything, fc.array(fc.nat(), { maxLength: 6 }), (bytes, cuts) => {
        const places = cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b);

        expect(readingOf(eachByte(bytes))).toEqual(readingOf([bytes]));
        expect(readingOf(cutAt(bytes, places))).toEqual(readingOf([bytes]));
      }),
      { numRuns: 200 },
    );
  });

  it('reads the same from a head that it remembers as from one that is new', () => {
    fc.assert(
      fc.property(anything, anything, fc.nat(), (before, bytes, cut) => {
        const memory = new HeadMemory();
        readingOf([before], memory);
        readingOf([bytes], memory);

        expect(readingOf([bytes], memory)).toEqual(readingOf([bytes]));
        expect(readingOf(cutAt(bytes, [cut % (bytes.length + 1)]), memory)).toEqual(
          readingOf([bytes]),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('never takes a byte behind the answer, and never calls a part of it whole', () => {
    const framed = answers.filter((text) => /content-length|transfer-encoding/i.test(text));

    fc.assert(
      fc.property(framed, fc.string({ maxLength: 20 }), fc.nat(), (text, behind, cut) => {
        const bytes = Buffer.from(text, 'latin1');
        const whole = readingOf([bytes], new HeadMemory(), false);
        const extra = Buffer.from(behind, 'latin1');

        const reading = readingOf([Buffer.concat([bytes, extra])], new HeadMemory(), false);

        expect(reading).toEqual({ ...whole, left: whole.left + extra.length });
        const needed = bytes.length - whole.left;
        const part = bytes.subarray(0, cut % needed);
        expect(readingOf([part]).state).toBe('ECONNRESET');
      }),
      { numRuns: 200 },
    );
  });
});
