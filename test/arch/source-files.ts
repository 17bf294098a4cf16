import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { maskCode } from './mask-code.ts';

/** The repository. */
export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

/** One `import … from`, `export … from`, `import '…'` or `import('…')`. */
export interface SourceImport {
  readonly specifier: string;
  /** Path from the root of what a relative specifier names; `undefined` for packages. */
  readonly path: string | undefined;
  readonly line: number;
  /** `type`: gone at run time. `lazy`: `import('…')`. */
  readonly kind: 'value' | 'type' | 'lazy';
}

/** A source file, read once. */
export interface SourceFile {
  /** From the root, with forward slashes. */
  readonly path: string;
  /** Folder under `src`; empty for files directly in it. */
  readonly layer: string;
  /** Sub-folder of the layer, as `options/table`; `.` for files directly in it. */
  readonly room: string;
  readonly text: string;
  /** The text with comments and the inside of strings blanked out, of the same length. */
  readonly code: string;
  readonly lines: number;
  readonly imports: readonly SourceImport[];
}

/** Something found in a file. */
export interface Finding {
  readonly file: string;
  readonly line: number;
  readonly text: string;
}

const IMPORT =
  /\b(import|export)(\s+type\b)?\s*(?:[\w$*\s{},]*?\bfrom\s*)?(['"])|\bimport\s*\(\s*(['"])/g;

/** Every source file below `folder`, sorted by path. */
export function sourceFiles(folder: string): readonly SourceFile[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .sort()
    .map((name) => readSource(`${folder}/${name.replaceAll('\\', '/')}`));
}

function readSource(path: string): SourceFile {
  const text = readFileSync(join(ROOT, path), 'utf8');
  const code = maskCode(text);
  const [, layer = '', ...rest] = path.split('/');
  return {
    path,
    layer: rest.length === 0 ? '' : layer,
    room: rest.slice(0, -1).join('/') || '.',
    text,
    code,
    lines: text.split('\n').length - 1,
    imports: importsOf(path, text, code),
  };
}

function importsOf(path: string, text: string, code: string): SourceImport[] {
  return [...code.matchAll(IMPORT)].map((match) => {
    const quote = match[3] ?? match[4] ?? '';
    const from = match.index + match[0].length;
    const specifier = text.slice(from, text.indexOf(quote, from));
    const target = specifier.startsWith('.')
      ? relative(ROOT, resolve(ROOT, dirname(path), specifier)).replaceAll('\\', '/')
      : undefined;
    const kind = match[4] !== undefined ? 'lazy' : match[2] === undefined ? 'value' : 'type';
    return { specifier, path: target, line: lineAt(text, match.index), kind };
  });
}

/** Line number, from 1, of an index of a text. */
export function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < index; at = text.indexOf('\n', at + 1)) {
    line += 1;
  }
  return line;
}

/** Every place where code (not a comment, not a string) matches. */
export function findInCode(files: readonly SourceFile[], pattern: RegExp): Finding[] {
  return files.flatMap(({ path, code, text }) =>
    [...code.matchAll(new RegExp(pattern, 'g'))].map(({ index, 0: found }) => ({
      file: path,
      line: lineAt(text, index),
      text: found.trim(),
    })),
  );
}

/** Findings as a failed test prints them. */
export function shown(findings: readonly Finding[], rule: string): string[] {
  return findings.map(({ file, line, text }) => `${file}:${line}: ${text} (${rule})`);
}
