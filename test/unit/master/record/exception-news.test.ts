import { describe, expect, it } from 'vitest';
import { ExceptionNews } from '../../../../src/master/record/exception-news.ts';

function newsInTest(): { readonly news: ExceptionNews; readonly lines: string[] } {
  const lines: string[] = [];
  const news = new ExceptionNews({
    line: (level, text, workerId = null) => lines.push(`${level} ${workerId} ${text}`),
  });
  return { news, lines };
}

const noLogin = {
  message: 'no login',
  traceback:
    'Error: no login\n    at Shopper.onStart (/tests/loadfile.ts:7:11)\n    at b (/x.ts:1:1)',
  occurrences: 40,
};

describe('ExceptionNews', () => {
  it('tells of an exception of 100 users once, with class, file and line, and of the 100 at the end', () => {
    const { news, lines } = newsInTest();

    news.add(noLogin, 'w1');
    news.add({ ...noLogin, occurrences: 60 }, 'w2');
    news.end();

    expect(lines).toEqual([
      'warn w1 exception: Error: no login (Shopper.onStart, /tests/loadfile.ts:7)',
      'warn null exception, 100 times: Error: no login (Shopper.onStart, /tests/loadfile.ts:7)',
    ]);
  });

  it.each([
    ['Error: a\n    in Shopper.onStart', 'Error: a (Shopper.onStart)'],
    ['Error: a\n    at /tests/loadfile.ts:7:11', 'Error: a (/tests/loadfile.ts:7)'],
    ['Error: a\n    at async go (/l.ts:7:11)', 'Error: a (go, /l.ts:7)'],
    ['', 'no login'],
  ])('takes the place from the traceback %j', (traceback, told) => {
    const { news, lines } = newsInTest();

    news.add({ ...noLogin, traceback, occurrences: 1 }, null);
    news.end();

    expect(lines).toEqual([`warn null exception: ${told}`]);
  });

  it('tells of 20 different ones at most', () => {
    const { news, lines } = newsInTest();

    for (let kind = 0; kind < 2000; kind += 1) {
      news.add({ message: `${kind}`, traceback: `Error: ${kind}`, occurrences: 2 }, null);
    }
    news.end();

    expect(lines.length).toBe(20 + 1 + 20);
    expect(lines[20]).toBe(
      'warn null more than 20 different exceptions: the others are in the report',
    );
  });
});
