import { readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** An exported declaration, or a member of one, as it stands in the sources. */
export interface Declaration {
  /** File and line, as in `src/script/user/user.ts:12`. */
  readonly place: string;
  /** As in `User` or `User.index`. */
  readonly name: string;
  /** From its first line to the brace or the semicolon; joined to one line. */
  readonly signature: string;
  /** The comment above it; empty without one. */
  readonly doc: string;
  /** What stands between its braces; empty where it has none. */
  readonly body: string;
}

/** Names that a load file may import, sorted; types too. */
export function publicNames(): readonly string[] {
  return reExports()
    .flatMap(({ names }) => names)
    .toSorted();
}

/** Those of them that are there when a script runs: classes, functions and objects. */
export function publicValues(): readonly string[] {
  return reExports().flatMap(({ values }) => values);
}

/** Files of `src` that public names come from, as `src/script/user/user.ts`. */
export function publicFiles(): readonly string[] {
  return reExports().map(({ file }) => file);
}

/** One statement of `src/index.ts`. */
interface ReExport {
  readonly file: string;
  readonly names: readonly string[];
  readonly values: readonly string[];
}

function reExports(): readonly ReExport[] {
  const index = join(ROOT, 'src/index.ts');
  const text = readFileSync(index, 'utf8');
  return [...text.matchAll(/^export (type )?\{([^}]+)\} from '([^']+)';$/gms)].map(
    ([, type, list = '', from = '']) => {
      const entries = list
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== '');
      const isValue = (entry: string): boolean => type === undefined && !entry.startsWith('type ');
      return {
        file: relative(ROOT, join(dirname(index), from)),
        names: entries.map(exportedAs),
        values: entries.filter(isValue).map(exportedAs),
      };
    },
  );
}

/** The name that `type Name` or `Inner as Name` is imported by. */
function exportedAs(entry: string): string {
  return entry.replace(/^(?:type )?(?:\w+ as )?/, '');
}

/**
 * The exported declarations of a file with the members of its classes and interfaces. Reads the layout
 * that the formatter gives: two spaces a level.
 */
export function declarationsOf(file: string): readonly Declaration[] {
  const lines = readFileSync(join(ROOT, file), 'utf8').split('\n');
  const found: Declaration[] = [];
  for (let index = 0; index < lines.length; index += 1) {
    const name = exportedName(lines[index] ?? '');
    if (name === undefined) continue;
    const end = endOf(lines, index, '');
    found.push(declarationAt(file, lines, { index, end, name }));
    if (!/^export (?:abstract )?(?:class|interface) /.test(lines[index] ?? '')) continue;
    found.push(...membersOf(file, lines, { index, end, name }));
  }
  return found;
}

interface Span {
  readonly index: number;
  /** The last line, included. */
  readonly end: number;
  readonly name: string;
}

function membersOf(file: string, lines: readonly string[], whole: Span): readonly Declaration[] {
  const members: Declaration[] = [];
  let index = whole.index + 1;
  while (index < whole.end) {
    const line = lines[index] ?? '';
    if (!isMember(line)) {
      index += 1;
      continue;
    }
    const end = endOf(lines, index, '  ');
    const name = `${whole.name}.${memberName(line)}`;
    const isSecondAccessor = members.at(-1)?.name === name && line.startsWith('  set ');
    if (!isSecondAccessor) members.push(declarationAt(file, lines, { index, end, name }));
    index = end + 1;
  }
  return members;
}

function declarationAt(file: string, lines: readonly string[], span: Span): Declaration {
  const text = lines.slice(span.index, span.end + 1).join('\n');
  const [signature = '', ...body] = text.split(/(?<=\{)\n/);
  return {
    place: `${file}:${span.index + 1}`,
    name: span.name,
    signature: signature.replace(/\s+/g, ' '),
    doc: docAbove(lines, span.index),
    body: body.join('\n'),
  };
}

function exportedName(line: string): string | undefined {
  return /^export (?:abstract )?(?:async )?(?:class|interface|type|function|const) (\w+)/.exec(
    line,
  )?.[1];
}

/** Private members, overrides (which show the doc of what they override) and closing lines are none. */
function isMember(line: string): boolean {
  return (
    /^ {2}[[(\w]/.test(line) &&
    !/^ {2}(?:private|(?:static )?override|readonly #|#|\)|get #)/.test(line)
  );
}

function memberName(line: string): string {
  const words = line
    .trim()
    .replace(/^(?:(?:static|readonly|abstract|async|get|set|override) )+/, '');
  return /^(?:[\w$]+|'[^']+')/.exec(words)?.[0] ?? words;
}

/** The line that ends what begins at `index`: the first that stands as far left and does not open it. */
function endOf(lines: readonly string[], index: number, indent: string): number {
  const isOpen = (line: string): boolean => /[({[=|,&?:<]$|=>$/.test(line);
  for (let end = index; end < lines.length; end += 1) {
    const line = lines[end] ?? '';
    const isLeft = end === index || new RegExp(`^${indent}[)}\\]|>]`).test(line);
    if (isLeft && !isOpen(line) && !(lines[end + 1] ?? '').startsWith(`${indent}  `)) return end;
  }
  return index;
}

function docAbove(lines: readonly string[], index: number): string {
  let last = index - 1;
  while ((lines[last] ?? '').trim().startsWith('// biome-ignore')) last -= 1;
  if (!(lines[last] ?? '').trim().endsWith('*/')) return '';
  let first = last;
  while (first > 0 && !(lines[first] ?? '').trim().startsWith('/**')) first -= 1;
  return lines
    .slice(first, last + 1)
    .map((line) => line.trim())
    .join(' ');
}
