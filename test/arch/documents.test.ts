import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { NAME_COUNTS_PATH, nameCountsSource } from './name-counts-source.ts';
import { roomRowsOf, wantedRoomRows } from './room-table.ts';
import { ROOT, sourceFiles } from './source-files.ts';
import { repeatedTables, stateTableOf } from './state-tables.ts';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');

/** The Markdown files for readers of the repository. */
const documents: readonly string[] = [
  'README.md',
  'CHANGELOG.md',
  'CONTRIBUTING.md',
  'SECURITY.md',
  ...readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name}`),
];

describe('docs/errors.md', () => {
  const codes = [
    ...(/export type ErrorCode =([^;]+);/.exec(read('src/base/errors.ts'))?.[1] ?? '').matchAll(
      /'(KAT_\w+)'/g,
    ),
  ].map(([, code = '']) => code);
  const sections = new Map(
    read('docs/errors.md')
      .split(/^### /m)
      .slice(1)
      .map((section) => {
        const [title = '', ...text] = section.split('\n');
        return [title.replaceAll('`', ''), text.join('\n').trim()];
      }),
  );

  it('has a section for each error code and for nothing else', () => {
    expect(codes.length).toBeGreaterThan(10);
    expect([...sections.keys()].sort()).toEqual([...codes].sort());
  });

  it('says something about each', () => {
    expect([...sections].filter(([, text]) => text.length < 60)).toEqual([]);
  });

  it('has no code that nothing in src uses', () => {
    const texts = sourceFiles('src').filter(({ path }) => path !== 'src/base/errors.ts');
    const own = read('src/base/errors.ts').split('export interface')[1] ?? '';
    const unused = codes.filter(
      (code) => !own.includes(`'${code}'`) && !texts.some(({ text }) => text.includes(`'${code}'`)),
    );

    expect(unused).toEqual([]);
  });
});

describe('docs/protocol.md', () => {
  const protocol = read('docs/protocol.md');

  it('repeats the state tables of the sources as they are (npm run docs:sync)', () => {
    const tables = repeatedTables(protocol);

    expect(tables.size).toBe(5);
    for (const [path, table] of tables) {
      expect(table, path).toContain('| state |');
      expect(table, path).toBe(stateTableOf(read(path)));
    }
  });

  it('names every type of message in a table', () => {
    const sources =
      read('src/protocol/messages/worker-messages.ts') +
      read('src/protocol/messages/master-messages.ts');
    const types = new Set(
      [...sources.matchAll(/type: z\.literal\('([\w-]+)'\)/g)].map((m) => m[1]),
    );

    expect(types.size).toBeGreaterThan(15);
    const rows = protocol.split('\n').filter((line) => line.startsWith('| '));
    const named = new Set(rows.flatMap((row) => row.split('|')[1]?.match(/[\w-]+(?=`)/g) ?? []));
    expect([...types].filter((type) => !named.has(type ?? ''))).toEqual([]);
  });
});

describe('docs/architecture.md', () => {
  const rows = roomRowsOf(read('docs/architecture.md'));
  const wanted = wantedRoomRows();
  const named = (all: typeof rows): readonly string[] => all.map(({ room }) => room).sort();

  it('has one line for each room and for nothing else', () => {
    expect(wanted.length).toBeGreaterThan(40);
    expect(named(rows)).toEqual(named(wanted));
  });

  it('lets each room import what the rules let it import (npm run docs:sync)', () => {
    const byRoom = (all: typeof rows): object =>
      Object.fromEntries(all.map(({ room, imports }) => [room, [...imports].sort()]));

    expect(byRoom(rows)).toEqual(byRoom(wanted));
  });
});

describe('docs/metrics.md', () => {
  const metrics = read('docs/metrics.md');

  it('has every figure of the JSON summary', () => {
    const source = read('src/measure/request-totals.ts');
    const body = /export interface RequestTotals \{([^}]+)\}/.exec(source)?.[1] ?? '';
    const figures = [...body.matchAll(/readonly (\w+):/g)].map(([, name = '']) => name);

    expect(figures.length).toBeGreaterThan(12);
    expect(figures.filter((name) => !metrics.includes(`\`${name}\``))).toEqual([]);
  });

  it('has every reason of a verdict', () => {
    const union =
      /export type VerdictCode =([^;]+);/.exec(read('src/stats/verdict/verdict.ts'))?.[1] ?? '';
    const codes = [...union.matchAll(/'([\w-]+)'/g)].map(([, code = '']) => code);

    expect(codes.length).toBeGreaterThan(4);
    expect(codes.filter((code) => !metrics.includes(`| \`${code}\` |`))).toEqual([]);
  });
});

describe.each(documents)('%s', (path) => {
  it('links to files that are there', () => {
    const links = [...read(path).matchAll(/\]\(([^)\s#]+)(?:#[^)]*)?\)/g)]
      .map(([, link = '']) => link)
      .filter((link) => !/^[a-z]+:/.test(link));

    expect(links.filter((link) => !existsSync(resolve(ROOT, dirname(path), link)))).toEqual([]);
  });
});

// Decisions and changes speak of the files of their time.
describe.each(documents.filter((path) => !/decisions|CHANGELOG/.test(path)))('%s', (path) => {
  it('names files and folders that are there', () => {
    const named = [...read(path).matchAll(/`((?:src|test|bench|docs|scripts)\/[\w/.*-]*)`/g)]
      .map(([, name = '']) => name)
      .filter((name) => !isThere(name));

    expect(named).toEqual([]);
  });
});

describe('src/stats/interval/name-counts.ts', () => {
  it('is what the tables of name-counters.ts say (npm run counters:sync)', () => {
    // The formatter decides on line breaks, and on the commas that go with them.
    const withoutLayout = (text: string): string =>
      text.replaceAll(/\s/g, '').replaceAll(/,(?=[)}\]])/g, '');

    expect(withoutLayout(read(NAME_COUNTS_PATH))).toBe(withoutLayout(nameCountsSource()));
  });
});

/** Whether there is such a file or folder; `*` stands for any part of a name. */
function isThere(path: string): boolean {
  return globSync(path, { cwd: ROOT }).length > 0;
}
