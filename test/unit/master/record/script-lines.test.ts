import { describe, expect, it } from 'vitest';
import {
  MAX_LINE_CHARS_PER_RUN,
  MAX_LINES_PER_SECOND,
  ScriptLines,
} from '../../../../src/master/record/script-lines.ts';

describe('ScriptLines', () => {
  it('takes 500 lines a second, and says before the next how many were left out', () => {
    const { lines, told, clock } = setUp();
    for (let at = 0; at < 1200; at += 1) lines.add('info', `line ${at}`, 'w1');
    expect(told).toHaveLength(MAX_LINES_PER_SECOND);
    clock.runMs = 1000;
    lines.add('info', 'a second later', 'w1');
    expect(told.slice(-2)).toEqual([
      expect.stringMatching(/^warn null 700 lines were left out/),
      'info w1 a second later',
    ]);
  });

  it('takes no more than 64 MB in a run, and says at the end what was left out', () => {
    const { lines, told, clock } = setUp();
    const mebibyte = '#'.repeat(1024 * 1024);
    for (let at = 0; at < 70; at += 1) {
      clock.runMs += 1000;
      lines.add('info', mebibyte, null);
    }
    lines.end();
    lines.end();
    expect(told).toHaveLength(MAX_LINE_CHARS_PER_RUN / mebibyte.length + 1);
    expect(told.at(-1)).toMatch(/^warn null 6 lines were left out/);
  });
});

function setUp(): { lines: ScriptLines; told: string[]; clock: { runMs: number } } {
  const told: string[] = [];
  const clock = { runMs: 0 };
  const log = {
    line: (level: string, text: string, workerId: string | null = null) =>
      void told.push(`${level} ${workerId} ${text}`),
  };
  return { lines: new ScriptLines(log, clock), told, clock };
}
