import { describe, expect, it } from 'vitest';
import { importCycles } from './import-cycles.ts';
import {
  HOMES,
  LAYER_EXCEPTIONS,
  LAYERS,
  MAX_FILES_OF_FOLDER,
  NOT_IN_A_WORKER,
  PUBLIC_ENTRY,
  ROOMS,
} from './rules.ts';
import { type SourceFile, type SourceImport, sourceFiles } from './source-files.ts';

const files = sourceFiles('src');
const byPath = new Map(files.map((file) => [file.path, file]));

/** What each import of `src` breaks, as `file:line: specifier (rule)`. */
function broken(rule: (file: SourceFile, found: SourceImport) => string | undefined): string[] {
  return files.flatMap((file) =>
    file.imports.flatMap((found) => {
      const why = rule(file, found);
      return why === undefined ? [] : [`${file.path}:${found.line}: ${found.specifier} (${why})`];
    }),
  );
}

function allowedFor({ path, layer }: SourceFile): readonly string[] {
  return path === PUBLIC_ENTRY.path ? PUBLIC_ENTRY.layers : (LAYERS[layer] ?? []);
}

/** Files and packages that are loaded when `path` is, `import()` left out. */
function loadedWith(path: string): ReadonlySet<string> {
  const loaded = new Set<string>();
  const open = [path];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (loaded.has(next)) continue;
    loaded.add(next);
    for (const found of byPath.get(next)?.imports ?? []) {
      if (found.kind === 'value') open.push(found.path ?? found.specifier);
    }
  }
  return loaded;
}

describe('imports within src', () => {
  it('finds the source files and their imports', () => {
    expect(files.length).toBeGreaterThan(100);
    expect(byPath.get('src/protocol/join/dial-master.ts')?.imports).toContainEqual(
      expect.objectContaining({ specifier: 'ws', kind: 'value' }),
    );
    expect(byPath.get('src/cli/cli.ts')?.imports).toContainEqual(
      expect.objectContaining({ path: 'src/cli/commands/worker.ts', kind: 'lazy' }),
    );
  });

  it('has every folder of src in the table', () => {
    const folders = new Set(files.map((file) => file.layer).filter((layer) => layer !== ''));

    expect([...folders].sort()).toEqual(Object.keys(LAYERS).sort());
  });

  it('point only where the table allows', () => {
    const violations = broken((file, found) => {
      if (found.path === undefined || !found.path.startsWith('src/')) return undefined;
      const to = byPath.get(found.path);
      if (to === undefined) return 'there is no such file';
      const isWithin = to.layer === file.layer && file.layer !== '';
      const isException = LAYER_EXCEPTIONS[file.path]?.path === found.path;
      if (isWithin || isException || allowedFor(file).includes(to.layer)) return undefined;
      return `${file.layer || file.path} may import ${allowedFor(file).join(', ') || 'nothing'}`;
    });

    expect(violations).toEqual([]);
  });

  it('have every sub-folder of a layer in the table of rooms', () => {
    const found = new Map<string, Set<string>>();
    for (const { layer, room } of files) {
      const rooms = found.get(layer) ?? new Set();
      found.set(layer, rooms.add(room));
    }
    const divided = [...found].filter(([, rooms]) => rooms.size > 1 || !rooms.has('.'));

    expect(Object.fromEntries(divided.map(([layer, rooms]) => [layer, [...rooms].sort()]))).toEqual(
      Object.fromEntries(
        Object.entries(ROOMS).map(([layer, rooms]) => [layer, Object.keys(rooms).sort()]),
      ),
    );
  });

  it('point within a layer only where the table of rooms allows', () => {
    const violations = broken((file, found) => {
      const to = found.path === undefined ? undefined : byPath.get(found.path);
      if (to === undefined || to.layer !== file.layer || to.room === file.room) return undefined;
      const allowed = ROOMS[file.layer]?.[file.room] ?? [];
      if (allowed.includes(to.room)) return undefined;
      return `${file.layer}/${file.room} may import ${allowed.join(', ') || 'no other room'}`;
    });

    expect(violations).toEqual([]);
  });

  it('allow no circle in the table of rooms', () => {
    const reaches = (layer: string, from: string, room: string): boolean =>
      (ROOMS[layer]?.[from] ?? []).some((next) => next === room || reaches(layer, next, room));
    const circles = Object.entries(ROOMS).flatMap(([layer, rooms]) =>
      Object.keys(rooms).filter((room) => reaches(layer, room, room)),
    );

    expect(circles).toEqual([]);
  });

  it(`fill no folder with more than ${MAX_FILES_OF_FOLDER} files`, () => {
    const counts = new Map<string, number>();
    for (const { layer, room } of files) {
      const folder = `src/${layer}/${room}`;
      counts.set(folder, (counts.get(folder) ?? 0) + 1);
    }

    expect([...counts].filter(([, count]) => count > MAX_FILES_OF_FOLDER)).toEqual([]);
  });

  it('name the file with its extension', () => {
    const violations = broken((_, { path }) =>
      path === undefined || /\.(?:tsx?|json)$/.test(path) ? undefined : 'imports name the file',
    );

    expect(violations).toEqual([]);
  });

  it('form no cycle, types included', () => {
    expect(importCycles(files).map((cycle) => cycle.join(' <-> '))).toEqual([]);
  });

  it.each(HOMES)('keep $modules at home', ({ modules, places, why }) => {
    const violations = broken((file, { specifier }) => {
      const isHome = places.some((place) =>
        place.endsWith('/') ? file.path.startsWith(place) : file.path === place,
      );
      return isHome || !modules.includes(specifier) ? undefined : `${places.join(', ')}: ${why}`;
    });

    expect(violations).toEqual([]);
  });

  it.each([
    'src/cli/main.ts',
    'src/cli/cli.ts',
    'src/cli/commands/worker.ts',
    'src/cli/commands/worker-process.ts',
  ])('load nothing with %s that a worker does not need', (entry) => {
    const loaded = [...loadedWith(entry)];

    expect(loaded).toContain(entry);
    expect(
      loaded.filter((path) =>
        NOT_IN_A_WORKER.some((banned) =>
          banned.endsWith('/') ? path.startsWith(banned) : path === banned,
        ),
      ),
    ).toEqual([]);
  });
});
