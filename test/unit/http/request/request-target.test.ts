import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { resolverFor, TargetResolver } from '../../../../src/http/request/request-target.ts';

describe('TargetResolver', () => {
  it.each([
    ['http://h:8000', '/a?b=1', 'http://h:8000', '/a?b=1', '/a?b=1'],
    ['http://h:80/', '/a', 'http://h', '/a', '/a'],
    ['http://h/api/v1/', '/users', 'http://h', '/api/v1/users', '/users'],
    ['http://h', 'users', 'http://h', '/users', 'users'],
    ['http://h', '', 'http://h', '/', '/'],
    ['http://h/api', '?q=1', 'http://h', '/api?q=1', '?q=1'],
    ['http://h', '/a b/ü', 'http://h', '/a%20b/%C3%BC', '/a b/ü'],
    ['http://h', '/a/../b', 'http://h', '/b', '/a/../b'],
    ['http://h', '/a#frag', 'http://h', '/a', '/a#frag'],
    ['http://h', '//other/x', 'http://h', '//other/x', '//other/x'],
    ['http://h', 'https://o:443/x?y', 'https://o', '/x?y', 'https://o:443/x?y'],
    ['http://[::1]:9', '/', 'http://[::1]:9', '/', '/'],
  ])('puts %s and %s together', (base, given, origin, path, name) => {
    expect(new TargetResolver(base).resolve(given)).toEqual({
      origin,
      path,
      name,
      authorization: undefined,
    });
  });

  it.each(['ftp://h/', 'mailto:x', 'http://', 'http://h:99999/'])('refuses %s', (url) => {
    expect(new TargetResolver('http://h').resolve(url)).toBeUndefined();
  });

  it('resolves only absolute URLs where the base is none', () => {
    const resolver = new TargetResolver('');

    expect(resolver.resolve('/a')).toBeUndefined();
    expect(resolver.resolve('http://h/a')?.path).toBe('/a');
  });

  it('makes a header of the user and password in the base URL', () => {
    const target = new TargetResolver('http://u:p%40@h').resolve('/');

    expect(target?.origin).toBe('http://h');
    expect(target?.authorization).toBe(`Basic ${Buffer.from('u:p@').toString('base64')}`);
  });

  it('gives the same object for a path seen before, also over 5,000 other paths', () => {
    const resolver = new TargetResolver('http://h');

    expect(resolver.resolve('/a')).toBe(resolver.resolve('/a'));
    for (let index = 0; index < 5000; index++) resolver.resolve(`/${index}`);
    expect(resolver.resolve('/a')?.path).toBe('/a');
  });

  it('is shared by all users of one base URL', () => {
    expect(resolverFor('http://same')).toBe(resolverFor('http://same'));
  });

  it('agrees with new URL for any path, whichever way it takes', () => {
    const piece = fc.constantFrom(
      '/',
      '.',
      '..',
      'a',
      'B9',
      '%20',
      ' ',
      '?',
      '&',
      "'",
      '"',
      'ü',
      '\\',
      '~',
      ';',
      '@',
      ':',
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), (pieces) => {
        const path = `/${pieces.join('')}`;
        const expected = new URL(`http://h${path}`);

        const target = new TargetResolver('http://h').resolve(path);

        // All of it as `new URL` prints it, an empty query included.
        expect(target?.path).toBe(expected.href.slice('http://h'.length).replace(/#.*$/s, ''));
      }),
      { numRuns: 300 },
    );
  });
});
