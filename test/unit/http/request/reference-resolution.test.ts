import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CookieStore } from '../../../../src/http/user/cookie-store.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { followedRedirect } from '../../../support/followed-redirect.ts';

/** RFC 3986 section 5.4: references against `http://a/b/c/d;p?q`, without fragments, which are not sent. */
const REFERENCES: readonly (readonly [reference: string, target: string])[] = [
  // 5.4.1, normal examples.
  ['g', 'http://a/b/c/g'],
  ['./g', 'http://a/b/c/g'],
  ['g/', 'http://a/b/c/g/'],
  ['/g', 'http://a/g'],
  ['//g', 'http://g/'],
  ['?y', 'http://a/b/c/d;p?y'],
  ['g?y', 'http://a/b/c/g?y'],
  ['#s', 'http://a/b/c/d;p?q'],
  ['g#s', 'http://a/b/c/g'],
  ['g?y#s', 'http://a/b/c/g?y'],
  [';x', 'http://a/b/c/;x'],
  ['g;x', 'http://a/b/c/g;x'],
  ['g;x?y#s', 'http://a/b/c/g;x?y'],
  ['.', 'http://a/b/c/'],
  ['./', 'http://a/b/c/'],
  ['..', 'http://a/b/'],
  ['../', 'http://a/b/'],
  ['../g', 'http://a/b/g'],
  ['../..', 'http://a/'],
  ['../../', 'http://a/'],
  ['../../g', 'http://a/g'],
  // 5.4.2, abnormal examples.
  ['../../../g', 'http://a/g'],
  ['../../../../g', 'http://a/g'],
  ['/./g', 'http://a/g'],
  ['/../g', 'http://a/g'],
  ['g.', 'http://a/b/c/g.'],
  ['.g', 'http://a/b/c/.g'],
  ['g..', 'http://a/b/c/g..'],
  ['..g', 'http://a/b/c/..g'],
  ['./../g', 'http://a/b/g'],
  ['./g/.', 'http://a/b/c/g/'],
  ['g/./h', 'http://a/b/c/g/h'],
  ['g/../h', 'http://a/b/c/h'],
  ['g;x=1/./y', 'http://a/b/c/g;x=1/y'],
  ['g;x=1/../y', 'http://a/b/c/y'],
  ['g?y/./x', 'http://a/b/c/g?y/./x'],
  ['g?y/../x', 'http://a/b/c/g?y/../x'],
  ['g#s/./x', 'http://a/b/c/g'],
  ['g#s/../x', 'http://a/b/c/g'],
  // For backward compatibility, as browsers have it.
  ['http:g', 'http://a/b/c/g'],
];

describe('a Location, by the table of RFC 3986 section 5.4', () => {
  it.each(REFERENCES)('%s leads to %s', (reference, target) => {
    const { method, origin, path } = followedRedirect(
      302,
      reference,
      'GET',
      'http://a',
      '/b/c/d;p?q',
    );

    expect(method).toBe('GET');
    expect(origin + path).toBe(target);
  });
});

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** A date in one of the forms that the grammar of RFC 6265 section 5.1.1 takes: tokens in any order. */
const cookieDate = fc
  .record({
    date: fc.date({
      min: new Date('1970-01-02'),
      max: new Date('2069-12-31'),
      noInvalidDate: true,
    }),
    order: fc.shuffledSubarray(['day', 'month', 'year', 'time', 'junk'], { minLength: 5 }),
    separator: fc.constantFrom(' ', '-', ', ', '  ', '/'),
    monthTail: fc.constantFrom('', 'uary', 'x'),
    isShortYear: fc.boolean(),
    isUpperCase: fc.boolean(),
    isPadded: fc.boolean(),
  })
  .map(({ date, order, separator, monthTail, isShortYear, isUpperCase, isPadded }) => {
    const two = (value: number): string =>
      isPadded ? String(value).padStart(2, '0') : String(value);
    const year = date.getUTCFullYear();
    const month = (MONTHS[date.getUTCMonth()] ?? '') + monthTail;
    const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()]
      .map(two)
      .join(':');
    const parts: Readonly<Record<string, string>> = {
      day: two(date.getUTCDate()),
      month: isUpperCase ? month.toUpperCase() : month,
      year: isShortYear ? String(year % 100).padStart(2, '0') : String(year),
      time,
      junk: 'GMT',
    };
    // Of two numbers of two digits the first is the day.
    const first = order.indexOf('day') < order.indexOf('year') ? order : order.toReversed();
    return {
      text: first.map((part) => parts[part]).join(separator),
      epochMs: Math.floor(date.getTime() / 1000) * 1000,
    };
  });

describe('the date of a cookie, by the grammar of RFC 6265 section 5.1.1', () => {
  it('ends the cookie at the second that it says, in whatever form', () => {
    fc.assert(
      fc.property(cookieDate, fc.boolean(), ({ text, epochMs }, isOver) => {
        const clock = new FakeClock(0, epochMs + (isOver ? 1000 : -1000));
        const cookies = new CookieStore(clock, 'http://a/');

        cookies.store('http://a', '/', [`s=1; Expires=${text}`]);

        expect(cookies.headerFor('http://a', '/')).toBe(isOver ? '' : 's=1');
      }),
    );
  });

  it.each([
    'Tue, 31 Foo 2030 00:00:00 GMT',
    'Tue, 32 Jan 2030 00:00:00 GMT',
    'Tue, 01 Jan 2030 24:00:00 GMT',
    'Tue, 01 Jan 2030 00:60:00 GMT',
    'Tue, 01 Jan 1600 00:00:00 GMT',
    'Tue, 01 Jan 2030',
    '',
  ])('leaves the cookie without an end where there is none: %s', (text) => {
    const cookies = new CookieStore(new FakeClock(0, Date.UTC(2050, 0, 1)), 'http://a/');

    cookies.store('http://a', '/', [`s=1; Expires=${text}`]);

    expect(cookies.headerFor('http://a', '/')).toBe('s=1');
  });
});
