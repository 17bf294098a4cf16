import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { MAX_LINE_CHARS, splitLines } from '../../../../src/cli/process/split-lines.ts';

describe('splitLines', () => {
  it('gives lines in whatever pieces they come, the last without its end too', async () => {
    expect(await linesOf(['fir', 'st\r\nsec', 'ond\n', '\nlast'])).toEqual([
      'first',
      'second',
      '',
      'last',
    ]);
  });

  it('leaves out what is beyond 16,384 characters of a line, and goes on behind it', async () => {
    const long = '#'.repeat(10_000);
    const [cut, next, ...more] = await linesOf([...Array(100).fill(long), '\nnext\n']);
    expect(cut).toBe(`${'#'.repeat(MAX_LINE_CHARS - 1)}…`);
    expect([next, more]).toEqual(['next', []]);
  });
});

async function linesOf(chunks: readonly string[]): Promise<string[]> {
  const lines: string[] = [];
  const stream = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  splitLines(stream, (line) => lines.push(line));
  await new Promise((resolve) => stream.once('close', resolve));
  return lines;
}
