import type { Readable } from 'node:stream';

/** Longest line that is kept, in UTF-16 units; as long as one that a worker sends. */
export const MAX_LINE_CHARS = 16_384;

/**
 * Calls `onLine` for each line of a stream, its end too. Of a line that is longer than 16,384 characters
 * the rest is left out: a process may print a hundred megabytes without an end of line.
 */
export function splitLines(stream: Readable, onLine: (line: string) => void): void {
  let line = '';
  stream.setEncoding('utf8');
  stream.on('data', (chunk: string) => {
    const parts = chunk.split('\n');
    for (const [index, part] of parts.entries()) {
      if (line.length <= MAX_LINE_CHARS) line += part.slice(0, MAX_LINE_CHARS + 1 - line.length);
      if (index === parts.length - 1) return;
      onLine(shown(line));
      line = '';
    }
  });
  stream.once('end', () => {
    if (line !== '') onLine(shown(line));
  });
}

function shown(line: string): string {
  const isCut = line.length > MAX_LINE_CHARS;
  return isCut ? `${line.slice(0, MAX_LINE_CHARS - 1)}…` : line.replace(/\r$/, '');
}
