import { describe, expect, it } from 'vitest';
import { captureConsole } from '../../../../src/script/trace/console-capture.ts';

describe('captureConsole', () => {
  it('gives every print with its level, formatted as console does', () => {
    const lines: [string, string][] = [];
    const before = console.log;

    const restore = captureConsole((level, text) => lines.push([level, text]));
    console.log('a %d', 1, { b: [2] });
    console.warn('careful');
    console.error('bad\nworse');
    console.debug('detail');
    console.group('group');
    console.info('inside');
    console.groupEnd();
    console.assert(false, 'wrong');
    console.log('');
    restore();

    expect(lines).toEqual([
      ['info', 'a 1 { b: [ 2 ] }'],
      ['warn', 'careful'],
      ['error', 'bad\nworse'],
      ['debug', 'detail'],
      ['info', 'group'],
      ['info', '  inside'],
      ['error', 'Assertion failed: wrong'],
      ['info', ''],
    ]);
    expect(console.log).toBe(before);
  });

  it('cuts a print at 16384 characters', () => {
    let length = 0;

    const restore = captureConsole((_level, text) => {
      length = text.length;
    });
    console.log('x'.repeat(100_000));
    restore();

    expect(length).toBe(16_384);
  });
});
