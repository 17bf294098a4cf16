import { describe, expect, it } from 'vitest';
import { withoutCredentials } from '../../../src/base/url-credentials.ts';

describe('withoutCredentials', () => {
  it.each([
    ['http://ada:pw@host:80/a?b#c', 'http://host:80/a?b#c'],
    ['HTTPS://ada@host', 'HTTPS://host'],
    ['http://a:p@ss@host/', 'http://host/'],
    ['http://[::1]/@', 'http://[::1]/@'],
    ['http://:pw@[::1]:9', 'http://[::1]:9'],
    ['no answer of http://ada:pw@h/x (see "ws://b:c@h")', 'no answer of http://h/x (see "ws://h")'],
    ['http://host/@name and a@b', 'http://host/@name and a@b'],
    ['http://host?mail=a@b', 'http://host?mail=a@b'],
    ['mail ada@host', 'mail ada@host'],
  ])('shows %s as %s', (text, shown) => {
    expect(withoutCredentials(text)).toBe(shown);
  });
});
