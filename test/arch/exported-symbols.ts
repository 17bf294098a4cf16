import { lineAt, type SourceFile } from './source-files.ts';

/** A symbol that a file declares and exports. */
export interface ExportedSymbol {
  readonly file: string;
  readonly line: number;
  readonly name: string;
  /** Whether a doc comment stands directly before it (before the first of its overloads). */
  readonly isDocumented: boolean;
}

const DECLARATION =
  /^export (?:default )?(?:declare )?(?:abstract )?(?:async )?(?:function\*?|class|interface|type|const|let) +([\w$]+)/gm;
/** What may stand between a doc comment and what it is about. */
const BETWEEN = /(?:\s*\/\/ biome-ignore[^\n]*\n|\s*@[\w.()]+\n)*\s*$/;

/** What a file exports under names of its own, in the order of the file; re-exports are not among it. */
export function exportedSymbols({ path, text, code }: SourceFile): readonly ExportedSymbol[] {
  const seen = new Set<string>();
  const symbols: ExportedSymbol[] = [];
  for (const match of code.matchAll(DECLARATION)) {
    const [, name = ''] = match;
    if (seen.has(name)) continue;
    seen.add(name);
    symbols.push({
      file: path,
      line: lineAt(text, match.index),
      name,
      isDocumented: isDocCommentEnd(text.slice(0, match.index).replace(BETWEEN, '')),
    });
  }
  return symbols;
}

function isDocCommentEnd(before: string): boolean {
  if (!before.endsWith('*/')) return false;
  const comment = before.slice(before.lastIndexOf('/*'));
  // One that says nothing is none.
  return comment.startsWith('/**') && /\w/.test(comment);
}

/** The names that more than one of these files exports, each with its places: `Name: a.ts, b.ts`. */
export function namesWithTwoMeanings(files: readonly SourceFile[]): readonly string[] {
  const placesByName = new Map<string, string[]>();
  for (const { name, file } of files.flatMap(exportedSymbols)) {
    placesByName.set(name, [...(placesByName.get(name) ?? []), file]);
  }
  return [...placesByName]
    .filter(([, places]) => places.length > 1)
    .map(([name, places]) => `${name}: ${places.join(', ')}`);
}
