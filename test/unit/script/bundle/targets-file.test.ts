import { describe, expect, it } from 'vitest';
import { isMethod, parseTargets } from '../../../../src/script/bundle/targets-file.ts';

function failureOf(text: string): string {
  try {
    parseTargets(text, 'urls.txt', 'GET');
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
  throw new TypeError('these are targets');
}

describe('parseTargets', () => {
  it('reads a METHOD URL a line, passing over comments and empty lines', () => {
    const text =
      '\ufeff# targets\r\n\r\nget http://h.test/a\r\n  POST\thttps://h.test/b?c=d  \n#x\n';

    expect(parseTargets(text, 'urls.txt', 'GET')).toEqual([
      { method: 'GET', url: 'http://h.test/a' },
      { method: 'POST', url: 'https://h.test/b?c=d' },
    ]);
  });

  it('gives lines without a method the one that was asked for, and takes paths', () => {
    expect(parseTargets('http://h.test/a\nDELETE /b', 'urls.txt', 'PUT')).toEqual([
      { method: 'PUT', url: 'http://h.test/a' },
      { method: 'DELETE', url: '/b' },
    ]);
  });

  it.each([
    ['FETCH! http://h.test/', 'got "FETCH!", wanted a method such as GET or POST'],
    ['CONNECT http://h.test/', 'got "CONNECT", wanted a method such as GET or POST'],
    ['GET h.test/a', 'got "h.test/a", wanted a URL such as https://example.org/path'],
    ['GET //h.test/a', 'got "//h.test/a", wanted a URL such as https://example.org/path'],
    ['GET ftp://h.test/a', 'got "ftp://h.test/a", wanted a URL such as https://example.org/path'],
    ['GET http://h.test/ a b', 'got "GET http://h.test/ a b", wanted METHOD URL'],
    [
      'GET http://u:p@h.test/',
      'the URL carries a user name or password, which would show in every report',
    ],
  ])('says what is wrong with the line %j, and which it is', (line, problem) => {
    expect(failureOf(`# first\n${line}\n`)).toBe(`urls.txt:2: ${problem}`);
  });

  it('names 10 wrong lines and counts the others', () => {
    const lines = failureOf('nonsense\n'.repeat(14)).split('\n');

    expect(lines).toHaveLength(11);
    expect(lines[9]).toMatch(/^urls\.txt:10: /);
    expect(lines[10]).toBe('and 4 more');
  });

  it('wants at least one target', () => {
    expect(failureOf('# nothing\n\n')).toBe(
      'urls.txt: no targets, wanted lines such as GET https://example.org/',
    );
  });

  it('repeats hostile lines in one line, cut to 60 characters', () => {
    expect(failureOf(`\u001b[2J${'x'.repeat(5000)}`)).toMatch(
      /^urls\.txt:1: got "\\u001b\[2Jx+…", wanted a URL/,
    );
  });
});

describe('isMethod', () => {
  it.each([
    ['GET', true],
    ['patch', true],
    ['M-SEARCH', true],
    ['connect', false],
    ['GET ', false],
    ['G\nT', false],
    ['', false],
    ['X'.repeat(40), false],
  ])('%j: %s', (text, expected) => {
    expect(isMethod(text)).toBe(expected);
  });
});
