import { readFile, stat } from 'node:fs/promises';
import { dirname, extname } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Loader, OnLoadResult, PartialMessage, Plugin } from 'esbuild';
import { type DataFile, dataPath } from './data-files.ts';

const NAMED_FILE =
  /\bnew\s+URL\(\s*(?:'([^'\n]+)'|"([^"\n]+)"|`([^`$\n]+)`)\s*,\s*(import\.meta\.url)\s*,?\s*\)/g;
const MODULE_URL = 'import.meta.url';
/** Padded to the length of the text that it replaces, so that no column of the source moves. */
const FOLDER_URL = '__katydidDir'.padEnd(MODULE_URL.length);
const NAMESPACE = 'katydid-data';

/** The function that bundled code calls for the place of its data files; see `data-places.ts`. */
const BASE_URL = "globalThis[Symbol.for('katydid.dataFolderUrl')]";

const LOADERS: Readonly<Record<string, Loader>> = {
  '.ts': 'ts',
  '.mts': 'ts',
  '.tsx': 'tsx',
  '.jsx': 'jsx',
  '.js': 'js',
  '.mjs': 'js',
};

/** A file as a source names it. */
interface NamedFile {
  readonly name: string;
  readonly index: number;
  /** Where `import.meta.url` begins. */
  readonly urlIndex: number;
  readonly path: string;
}

/**
 * Gathers the files that sources name by `new URL('./users.csv', import.meta.url)`, and lets these
 * expressions ask katydid where the files are when the script runs: a worker that has no copy gets one.
 *
 * @param folder - The load file's folder.
 * @param files - Filled while esbuild works, by absolute path.
 */
export function dataFilesPlugin(folder: string, files: Map<string, DataFile>): Plugin {
  return {
    name: 'katydid-data-files',
    setup(build) {
      build.onResolve({ filter: /^katydid-data:/ }, ({ path }) => ({
        path: path.slice(NAMESPACE.length + 1),
        namespace: NAMESPACE,
      }));
      build.onLoad({ filter: /.*/, namespace: NAMESPACE }, ({ path }) => ({
        contents: `export default ${BASE_URL}(import.meta.url, ${JSON.stringify(path)});`,
        loader: 'js',
      }));
      build.onLoad({ filter: /\.(?:ts|mts|tsx|js|mjs|jsx)$/, namespace: 'file' }, ({ path }) =>
        loadModule(path, folder, files),
      );
    },
  };
}

async function loadModule(
  modulePath: string,
  folder: string,
  files: Map<string, DataFile>,
): Promise<OnLoadResult | undefined> {
  const source = await readFile(modulePath, 'utf8');
  const named = namedFiles(source, modulePath);
  const errors: PartialMessage[] = [];
  let contents = source;
  let hasFiles = false;
  for (const file of named) {
    const found = await stat(file.path).catch(() => undefined);
    if (found === undefined) {
      // Packages name files of other platforms, and comments may name any file: what is missing is no error.
      if (!isOptional(source, file.index, modulePath))
        errors.push(missing(file, source, modulePath));
      continue;
    }
    if (!found.isFile()) continue;
    files.set(file.path, {
      path: dataPath(folder, file.path),
      bytes: await readFile(file.path),
    });
    hasFiles = true;
    contents =
      contents.slice(0, file.urlIndex) +
      FOLDER_URL +
      contents.slice(file.urlIndex + MODULE_URL.length);
  }
  if (errors.length > 0) return { errors };
  if (!hasFiles) return undefined;
  const from = dataPath(folder, dirname(modulePath)) || '.';
  // The import goes behind everything else, where it moves no line: imports run first wherever they stand.
  const specifier = JSON.stringify(`${NAMESPACE}:${from}`);
  return {
    contents: `${contents}\nimport __katydidDir from ${specifier};\n`,
    loader: LOADERS[extname(modulePath)] ?? 'js',
    resolveDir: dirname(modulePath),
  };
}

function namedFiles(source: string, modulePath: string): readonly NamedFile[] {
  if (!source.includes(MODULE_URL)) return [];
  const base = pathToFileURL(modulePath);
  return [...source.matchAll(NAMED_FILE)].flatMap((match) => {
    const name = match[1] ?? match[2] ?? match[3] ?? '';
    const url = URL.parse(name, base);
    if (url === null || url.protocol !== 'file:') return [];
    url.search = '';
    url.hash = '';
    const urlIndex = match.index + match[0].lastIndexOf(MODULE_URL);
    return [{ name, index: match.index, urlIndex, path: fileURLToPath(url) }];
  });
}

function isOptional(source: string, index: number, modulePath: string): boolean {
  if (modulePath.includes('node_modules')) return true;
  const before = source.slice(source.lastIndexOf('\n', index) + 1, index);
  return /^\s*(?:\*|\/\*)|(?:^|\s)\/\//.test(before);
}

function missing(file: NamedFile, source: string, modulePath: string): PartialMessage {
  const start = source.lastIndexOf('\n', file.index) + 1;
  const end = source.indexOf('\n', file.index);
  const lineText = source.slice(start, end === -1 ? undefined : end);
  return {
    text: `the data file ${file.name} is missing: looked for ${file.path}`,
    location: {
      file: modulePath,
      line: source.slice(0, start).split('\n').length,
      column: Buffer.byteLength(source.slice(start, file.index)),
      lineText,
    },
  };
}
