import { describe, expect, it } from 'vitest';
import { exportedSymbols, namesWithTwoMeanings } from './exported-symbols.ts';
import {
  CLOCK_HOMES,
  CLOCK_WORDS,
  LONG_FILES,
  MAX_LINES,
  PROCESS_HOMES,
  PROCESS_WORDS,
} from './rules.ts';
import { findInCode, lineAt, shown, sourceFiles } from './source-files.ts';

const files = sourceFiles('src');

describe('the source', () => {
  it('reads clocks and starts timers in base/clock.ts and the listed files only', () => {
    const found = findInCode(files, CLOCK_WORDS).filter(({ file }) => !(file in CLOCK_HOMES));

    expect(shown(found, 'time comes in as a Clock')).toEqual([]);
  });

  it('uses process.env, process.exit and console in src/cli only', () => {
    const found = findInCode(files, PROCESS_WORDS).filter(
      ({ file }) => !file.startsWith('src/cli/') && !(file in PROCESS_HOMES),
    );

    expect(shown(found, 'what is outside of the process belongs to src/cli')).toEqual([]);
  });

  it('lists no file as an exception that needs none', () => {
    const unused = (listed: object, pattern: RegExp): string[] => {
      const used = new Set(findInCode(files, pattern).map(({ file }) => file));
      return files.map(({ path }) => path).filter((path) => path in listed && !used.has(path));
    };

    expect(unused(CLOCK_HOMES, CLOCK_WORDS)).toEqual([]);
    expect(unused(PROCESS_HOMES, PROCESS_WORDS)).toEqual([]);
  });

  it('throws nothing but errors that say who must act', () => {
    const found = findInCode(files, /\bthrow new (?:Error|TypeError|RangeError)\b/);

    expect(shown(found, 'throw a subclass of KatydidError')).toEqual([]);
  });

  it('has no `any` without its reason, and no non-null assertion', () => {
    const lines = new Map(files.map(({ path, text }) => [path, text.split('\n')]));
    const anys = findInCode(files, /\bany\b/).filter(({ file, line }) => {
      const around = lines.get(file)?.slice(Math.max(0, line - 4), line) ?? [];
      return !around.some((text) => /biome-ignore lint\/suspicious\/noExplicitAny: \w/.test(text));
    });
    const assertions = findInCode(files, /[\w)\]]!(?!=)/);

    expect(shown(anys, 'no any')).toEqual([]);
    expect(shown(assertions, 'no non-null assertion')).toEqual([]);
  });

  it('exports no name from two files: one word means one thing', () => {
    expect(namesWithTwoMeanings(files)).toEqual([]);
  });

  it('has no TODO without the number of an issue', () => {
    const found = files.flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:TODO|FIXME|XXX|HACK)\b(?!\(#\d+\))/g)].map(({ index, 0: word }) => ({
        file: path,
        line: lineAt(text, index),
        text: word,
      })),
    );

    expect(shown(found, 'write TODO(#12): and the reason')).toEqual([]);
  });

  it('documents every exported symbol', () => {
    const missing = files
      .flatMap(exportedSymbols)
      .filter(({ isDocumented }) => !isDocumented)
      .map(({ file, line, name }) => `${file}:${line}: ${name}`);

    expect(missing).toEqual([]);
  });

  it(`has no file of more than ${MAX_LINES} lines`, () => {
    const long = files
      .filter(({ path, lines }) => lines > (LONG_FILES[path]?.lines ?? MAX_LINES))
      .map(({ path, lines }) => `${path}: ${lines} lines`);

    expect(long).toEqual([]);
  });

  it('has no file named for nothing in particular', () => {
    const vague = files
      .map(({ path }) => path)
      .filter((path) => /\/(?:utils?|helpers?|common|types|misc|shared)\.tsx?$/.test(path));

    expect(vague).toEqual([]);
  });
});
