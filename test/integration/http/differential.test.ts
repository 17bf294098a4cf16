import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { rawEngine } from '../../../src/http/raw/raw-engine.ts';
import { undiciEngine } from '../../../src/http/undici/undici-engine.ts';
import { answers, answersWithoutExtensions, hostileEdits } from '../../support/answer-bytes.ts';
import { ScriptedServer, type Verdict } from '../../support/scripted-answer.ts';

/** One answer of the list that is kept, and what becomes of it. */
interface KeptAnswer {
  readonly name: string;
  /** A character for each byte. */
  readonly bytes: string;
  /** Status and body, or what the failure's name begins with. */
  readonly verdict: string;
  /** Where undici's is another, by intention: */
  readonly undici?: string;
  readonly why?: string;
}

// The file is of this repository.
const keptAnswers = JSON.parse(
  readFileSync(new URL('../../fixtures/http-hostile/answers.json', import.meta.url), 'utf8'),
) as readonly KeptAnswer[];

const raw = rawEngine(systemClock);
const undici = undiciEngine(systemClock);

/** Where the two may differ; the list of kept answers says why. */
const INTENDED: readonly RegExp[] = [
  // Lengths with blanks behind them, or said twice.
  /content-length: *\d+[ \t]+\r\n/i,
  /content-length: *(\d+)\r\n[\s\S]*content-length: *\1\r\n/i,
  // Chunked twice, or not last.
  /transfer-encoding:[\s\S]*transfer-encoding:/i,
  // Lengths and codings in trailers.
  /transfer-encoding: chunked[\s\S]*\r\n0\r\n[\s\S]*content-length: 1/i,
  // Folded lines, and blanks behind a chunk's size.
  /\r\n[ \t]/,
  /\r\n[\da-f]+[ \t]+;/i,
  // Control characters in a reason.
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what this is about
  /^HTTP\/1\.[01] \d{3} [^\r\n]*\x01/m,
];

function brief(verdict: Verdict): string {
  const isAnswer = verdict.error === undefined || verdict.error.startsWith('HTTP');
  return isAnswer ? `${verdict.status} ${verdict.body}` : (verdict.error ?? '');
}

function piecesOf(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places]
    .map((from, index) => bytes.subarray(from, places[index] ?? bytes.length))
    .filter((piece) => piece.length > 0);
}

describe('the list of hostile and odd answers', () => {
  it.each(keptAnswers)(
    'judges $name as the list says, both engines alike unless it says why not',
    async (kept) => {
      await using server = await new ScriptedServer().listen();
      const bytes = Buffer.from(kept.bytes, 'latin1');

      const byRaw = brief(await server.verdictOf(raw, [bytes]));
      const byUndici = brief(await server.verdictOf(undici, [bytes]));

      expect([byRaw, byUndici]).toEqual([kept.verdict, kept.undici ?? kept.verdict]);
      expect(kept.undici === undefined).toBe(kept.why === undefined);
    },
  );
});

describe('raw and undici, given the same bytes', () => {
  it('agree on status, headers and body of generated answers, in any pieces', async () => {
    await using server = await new ScriptedServer().listen();

    await fc.assert(
      fc.asyncProperty(
        answers,
        fc.array(fc.nat(), { maxLength: 4 }),
        fc.constantFrom('GET', 'HEAD', 'POST'),
        async (text, cuts, method) => {
          const bytes = Buffer.from(text, 'latin1');

          const byRaw = await server.verdictOf(raw, piecesOf(bytes, cuts), method);
          const byUndici = await server.verdictOf(undici, [bytes], method);

          expect(byRaw).toEqual(byUndici);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('agree on spoilt answers too, but for the differences that are intended', async () => {
    await using server = await new ScriptedServer().listen();

    await fc.assert(
      fc.asyncProperty(answersWithoutExtensions, hostileEdits, async (text, edit) => {
        const spoilt = edit(text);
        const bytes = Buffer.from(spoilt, 'latin1');

        const byRaw = await server.verdictOf(raw, [bytes]);
        const byUndici = await server.verdictOf(undici, [bytes]);

        if (!INTENDED.some((difference) => difference.test(spoilt)))
          expect(byRaw).toEqual(byUndici);
      }),
      { numRuns: 300 },
    );
  });
});
