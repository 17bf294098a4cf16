import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  type Declaration,
  declarationsOf,
  publicFiles,
  publicNames,
  publicValues,
} from '../../support/public-declarations.ts';

/** Types that public ones are made of: what an editor shows where a script uses them. */
const REACHED: ReadonlySet<string> = new Set([
  'CookieOptions',
  'Cookies',
  'FieldValue',
  'Fields',
  'HeaderFields',
  'RequestBody',
  'ResponseHeaders',
  'ResponseTimings',
  'SessionExtension',
]);
const REACHED_FILES = ['src/http/user/cookie-store.ts', 'src/http/exchange/response-headers.ts'];

const PUBLIC: ReadonlySet<string> = new Set([...publicNames(), ...REACHED]);
const DECLARATIONS = [...new Set([...publicFiles(), ...REACHED_FILES])]
  .flatMap(declarationsOf)
  // The doc of a call signature is that of its interface.
  .filter(({ name }) => PUBLIC.has(name.replace(/\..*$/, '')) && /^[\w.']+$/.test(name));

/** What says how much of what a number is. */
const UNIT_OR_RANGE =
  /second|\bms\b|byte|\d or more|more than 0|from 0|0-based|\d to \d|\[0, 1\)|since 1970|status|how (?:many|often)|share|exactly so many|percent|position|number of/i;

function complaintsAbout(
  declarations: readonly Declaration[],
  isWrong: (each: Declaration) => boolean,
): readonly string[] {
  return declarations.filter(isWrong).map(({ place, name }) => `${place} ${name}`);
}

describe('the documentation of what a load file may import', () => {
  it('reads every public file, and finds classes, members, functions and types in them', () => {
    const names = new Set(DECLARATIONS.map(({ name }) => name));

    const missing = publicNames().filter((name) => !names.has(name) && name !== 'LoadTestShape');

    expect(missing).toEqual([]);
    expect([...names]).toEqual(
      expect.arrayContaining(['User.index', 'HttpOptions.timeout', 'HttpSession.get', 'between']),
    );
  });

  it('stands on every exported name and every member', () => {
    expect(complaintsAbout(DECLARATIONS, ({ doc }) => doc === '')).toEqual([]);
  });

  it('says the default of every optional number and flag', () => {
    const optional = DECLARATIONS.filter(({ signature }) =>
      /^\s*(?:static |readonly )*\w+\?: (?:number|boolean)\b/.test(signature),
    );

    expect(optional.length).toBeGreaterThan(5);
    expect(complaintsAbout(optional, ({ doc }) => !/@default|holds for/i.test(doc))).toEqual([]);
  });

  it('says the unit or the range of every number', () => {
    const numbers = DECLARATIONS.filter(({ signature }) => /: number\b/.test(signature));

    expect(numbers.length).toBeGreaterThan(20);
    expect(complaintsAbout(numbers, ({ doc }) => !UNIT_OR_RANGE.test(doc))).toEqual([]);
  });

  it('says what is thrown by whatever throws', () => {
    const throwing = DECLARATIONS.filter(
      ({ signature, body }) =>
        /\)(?:: [^{]+)? \{$/.test(signature) && /\bthrow new |^\s*require[A-Z]\w*\(/m.test(body),
    );

    expect(throwing.length).toBeGreaterThan(5);
    expect(complaintsAbout(throwing, ({ doc }) => !doc.includes('@throws'))).toEqual([]);
  });
});

describe('docs/load-file.md', () => {
  it('names every class, function and object that a load file may import', () => {
    const guide = readFileSync(new URL('../../../docs/load-file.md', import.meta.url), 'utf8');
    const values = publicValues();

    const missing = values.filter((name) => !guide.includes(name));

    expect(values.length).toBeGreaterThan(20);
    expect(missing).toEqual([]);
  });

  it.each(['HttpOptions', 'RequestOptions', 'HttpResponse', 'Events', 'Environment'])(
    'names every member of %s',
    (name) => {
      const guide = readFileSync(new URL('../../../docs/load-file.md', import.meta.url), 'utf8');
      const members = DECLARATIONS.filter((each) => each.name.startsWith(`${name}.`)).map((each) =>
        each.name.slice(name.length + 1),
      );

      const missing = members.filter((member) => !new RegExp(`\\b${member}\\b`).test(guide));

      expect(members.length).toBeGreaterThan(5);
      expect(missing).toEqual([]);
    },
  );
});
