import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { ALL_OPTIONS, longNamesOf } from '../../../src/cli/options/table/option-table.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const DOCUMENTS = ['docs/load-file.md', 'docs/from-locust.md', 'examples/index.md'];

/** Options that a load file of the guide declares, that every command has, or that are Node's. */
const OTHER_OPTIONS = ['--region', '--help', '--version'];

const textOf = (file: string): string => readFileSync(join(ROOT, file), 'utf8');

/** The table rows under a heading, as lists of cells. */
function rowsUnder(text: string, heading: string): readonly (readonly string[])[] {
  const [, section = ''] = text.split(`\n${heading}\n`);
  const [own = ''] = section.split(/\n##/);
  return own
    .split('\n')
    .filter((line) => line.startsWith('| ') && !/^\|[-| ]+$/.test(line))
    .slice(1)
    .map((line) => line.split(/(?<!\\)\|/).slice(1, -1));
}

describe.each(DOCUMENTS)('%s', (document) => {
  it('links only to files that are there', () => {
    const links = [...textOf(document).matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)];

    const broken = links
      .map(([, link = '']) => link)
      .filter((link) => !existsSync(join(ROOT, dirname(document), link)));

    expect(links.length).toBeGreaterThan(0);
    expect(broken).toEqual([]);
  });
});

describe('docs/from-locust.md', () => {
  it('names no option on its right side that katydid does not have', () => {
    const known = new Set([
      ...ALL_OPTIONS.flatMap(({ spec }) => longNamesOf(spec).map((name) => `--${name}`)),
      ...ALL_OPTIONS.flatMap(({ spec }) => (spec.short === undefined ? [] : [`-${spec.short}`])),
    ]);
    const rows = rowsUnder(textOf('docs/from-locust.md'), '## Options');

    const unknown = rows.flatMap(([locust = '', ours = '']) => {
      const isSame = ours.trim().startsWith('the same');
      const named = [...(isSame ? locust + ours : ours).matchAll(/(?<![\w-])--?[a-zA-Z][\w-]*/g)];
      return named.map(([option]) => option).filter((option) => !known.has(option));
    });

    expect(rows.length).toBeGreaterThan(15);
    expect(unknown).toEqual([]);
  });
});

describe('docs/load-file.md', () => {
  it('quotes only messages that the sources have', () => {
    const sources = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => textOf(join('src', file)))
      .join('\n');
    const rows = rowsUnder(textOf('docs/load-file.md'), '## Mistakes');

    const missing = rows
      .flatMap(([message = '']) => message.replaceAll('`', '').split('…'))
      .map((part) => part.replaceAll("'", '').trim())
      .filter((part) => part !== '' && !sources.includes(part));

    expect(rows.length).toBeGreaterThan(5);
    expect(missing).toEqual([]);
  });

  it('names no option that katydid does not have', () => {
    const known = ALL_OPTIONS.flatMap(({ spec }) => longNamesOf(spec).map((name) => `--${name}`));
    const text = textOf('docs/load-file.md');

    const named = [...text.matchAll(/(?<=[`\s([])--[a-z][\w-]*/g)].map(([option]) => option);

    expect(named.length).toBeGreaterThan(5);
    expect(named.filter((each) => ![...known, ...OTHER_OPTIONS].includes(each))).toEqual([]);
  });
});

describe('examples/index.md', () => {
  it('lists every load file of the folder', () => {
    const scripts = readdirSync(join(ROOT, 'examples'), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.m?[tj]s$/.test(file))
      .filter((file) => /extends (?:Http)?User\b/.test(textOf(join('examples', file))));
    const text = textOf('examples/index.md');

    expect(scripts.length).toBeGreaterThan(12);
    expect(scripts.filter((file) => !text.includes(`](${file})`))).toEqual([]);
  });
});
