import { readFileSync } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, extname, join, resolve } from 'node:path';
import type { BuildOptions, BuildResult, Message, Metafile } from 'esbuild';
import { messageOf, ScriptError } from '../../base/errors.ts';
import { codeFrame, type SourcePlace, shownPath } from '../trace/code-frame.ts';
import { dataFilesPlugin } from './bundle-data-files.ts';
import type { DataFile } from './data-files.ts';
import {
  bundleBytes,
  MAX_BUNDLE_BYTES,
  type ScriptBundle,
  scriptBundle,
  tooBigBundle,
} from './script-bundle.ts';
import { withFittingSourceMap, withoutSourceMap } from './source-map-size.ts';

const EXTENSIONS = ['.ts', '.mts', '.js', '.mjs'];

/** Mistakes shown at once; further ones mostly follow from these. */
const MAX_MISTAKES = 5;

/** A package that esbuild did not find, with its scope and without the path in it. */
const UNRESOLVED_PACKAGE = /^Could not resolve "((?:@[\w.-]+\/)?[\w-][\w.-]*)(?:\/[^"]*)?"/;

/** Parts that are named where a bundle is too big. */
const SHOWN_PARTS = 5;

/** CommonJS packages expect these; esbuild renames what a script itself calls `require`. */
const BANNER = [
  "import { createRequire as __katydidCreateRequire } from 'node:module';",
  'const require = __katydidCreateRequire(import.meta.url);',
  'const __katydidFilename = import.meta.filename, __katydidDirname = import.meta.dirname;',
].join(' ');

/**
 * Makes one module of a load file and everything that it imports, npm packages included.
 *
 * @param path - Of the load file; relative to the working directory.
 * @throws {ScriptError} Where it cannot be read or compiled, with file, line, reason and a caret.
 */
export async function bundleScript(path: string): Promise<ScriptBundle> {
  const file = await requireLoadFile(resolve(path));
  // Imported here, since a worker never bundles and must not load esbuild's binary.
  const { build } = await import('esbuild');
  const files = new Map<string, DataFile>();
  let result: BuildResult;
  try {
    result = await build(buildOptions(file, files));
  } catch (thrown) {
    throw compileError(thrown, file);
  }
  const code = result.outputFiles?.[0]?.text ?? '';
  const sorted = [...files.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
  requireSmall(file, code, sorted, result.metafile);
  const fitting = withFittingSourceMap(
    code,
    (each) => bundleBytes(each, sorted) <= MAX_BUNDLE_BYTES,
  );
  return scriptBundle(file, basename(file), fitting, sorted);
}

function requireSmall(
  file: string,
  code: string,
  files: readonly DataFile[],
  metafile: Metafile | undefined,
): void {
  // The source map is left out where there is no room for it.
  const bytes = bundleBytes(withoutSourceMap(code), files);
  if (bytes <= MAX_BUNDLE_BYTES) return;
  const parts = [
    ...Object.entries(metafile?.inputs ?? {})
      .filter(([path]) => !path.startsWith('katydid-data:'))
      .map(([path, input]) => ({
        path,
        bytes: input.bytes,
      })),
    ...files.map((each) => ({ path: each.path, bytes: each.bytes.length })),
  ].sort((a, b) => b.bytes - a.bytes);
  const shown = parts
    .slice(0, SHOWN_PARTS)
    .map((part) => `${part.path} (${(part.bytes / 1024 / 1024).toFixed(1)} MB)`);
  throw tooBigBundle(shownPath(file), bytes, `The biggest parts: ${shown.join(', ')}.`);
}

function buildOptions(file: string, files: Map<string, DataFile>): BuildOptions {
  const folder = dirname(file);
  return {
    entryPoints: [file],
    bundle: true,
    write: false,
    // Nothing is written there: it says where the source map's relative paths begin.
    outfile: join(folder, 'katydid-bundle.mjs'),
    absWorkingDir: folder,
    format: 'esm',
    platform: 'node',
    target: `node${process.versions.node}`,
    external: ['katydid'],
    loader: { '.csv': 'text', '.txt': 'text' },
    plugins: [dataFilesPlugin(folder, files)],
    metafile: true,
    sourcemap: 'inline',
    sourcesContent: true,
    // Class names are what `katydid run file Shopper` chooses by, and what stack traces show.
    keepNames: true,
    charset: 'utf8',
    logLevel: 'silent',
    logLimit: MAX_MISTAKES,
    banner: { js: BANNER },
    define: { __dirname: '__katydidDirname', __filename: '__katydidFilename' },
    // This stands in place of any tsconfig.json nearby: `experimentalDecorators` there would turn decorators
    // into the legacy kind, and an old `target` would change what class fields mean.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: true } },
  };
}

async function requireLoadFile(file: string): Promise<string> {
  const found = await stat(file).catch(() => undefined);
  if (found === undefined) {
    throw new ScriptError(`${shownPath(file)}: no such load file`, {
      hint: '`katydid init` writes one to begin with.',
    });
  }
  if (found.isDirectory()) {
    throw new ScriptError(`${shownPath(file)}: is a directory, not a load file`, {
      hint: 'Name the file in it.',
    });
  }
  if (!EXTENSIONS.includes(extname(file))) {
    throw new ScriptError(`${shownPath(file)}: a load file ends in ${EXTENSIONS.join(', ')}`);
  }
  // The file is named as esbuild names it, so that places in it are found again.
  return realpath(file);
}

function compileError(thrown: unknown, file: string): ScriptError {
  const mistakes = messagesOf(thrown);
  if (mistakes.length === 0) {
    return new ScriptError(`${shownPath(file)}: ${messageOf(thrown)}`, { cause: thrown });
  }
  const shown = mistakes.slice(0, MAX_MISTAKES).map((mistake) => frameOf(mistake, file));
  const left = mistakes.length - shown.length;
  if (left > 0) shown.push(`and ${left} more`);
  const hint = installHint(mistakes);
  return new ScriptError(shown.join('\n'), {
    cause: thrown,
    ...(hint === undefined ? {} : { hint }),
  });
}

/** How to install the packages that were not found; paths and Node's own modules are none. */
function installHint(mistakes: readonly Message[]): string | undefined {
  const packages = new Set<string>();
  for (const { text } of mistakes) {
    const name = UNRESOLVED_PACKAGE.exec(text)?.[1];
    if (name !== undefined) packages.add(name);
  }
  if (packages.size === 0) return undefined;
  if (packages.has('locust')) return "Write `from 'katydid'`; docs/from-locust.md has the names.";
  const names = [...packages].slice(0, MAX_MISTAKES).join(' ');
  return `Install it in the folder of the load file: npm install ${names}`;
}

function messagesOf(thrown: unknown): readonly Message[] {
  if (!(thrown instanceof Error) || !('errors' in thrown)) return [];
  // esbuild rejects with a `BuildFailure`, whose `errors` are its own messages.
  return Array.isArray(thrown.errors) ? (thrown.errors as readonly Message[]) : [];
}

function frameOf(mistake: Message, file: string): string {
  const { location } = mistake;
  if (location === null) return `${shownPath(file)}: ${mistake.text}`;
  const place = {
    file: resolve(dirname(file), location.file),
    line: location.line,
    column: columnOf(location.lineText, location.column),
    lineText: location.lineText,
  };
  return codeFrame(place.lineText.trim() === '' ? lastTextBefore(place) : place, mistake.text);
}

/** Where something is missing at the end of a file, the place is behind its last line that is not empty. */
function lastTextBefore(place: SourcePlace): SourcePlace {
  let lines: readonly string[];
  try {
    lines = readFileSync(place.file, 'utf8').split(/\r?\n/).slice(0, place.line);
  } catch {
    // It is no file, or is gone by now: the message shows the place without its line.
    return place;
  }
  const index = lines.findLastIndex((text) => text.trim() !== '');
  const lineText = lines[index]?.trimEnd();
  if (lineText === undefined) return place;
  return { file: place.file, line: index + 1, column: lineText.length + 1, lineText };
}

/** esbuild counts columns in bytes from 0. */
function columnOf(lineText: string, bytes: number): number {
  return Buffer.from(lineText).subarray(0, bytes).toString().length + 1;
}
