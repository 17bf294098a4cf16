/** Where a document repeats the state table of a source file: the marker names the file. */
const PLACE = /(<!-- state table of (src\/[\w/.-]+\.tsx?) -->\n)((?:\|.*\n)*)/g;

/** The state table in the comments of a source file, as Markdown; empty where it has none. */
export function stateTableOf(source: string): string {
  const lines = source.split('\n').map((line) => /^\s*\* (\|.*\|)$/.exec(line)?.[1] ?? '');
  const from = lines.findIndex((line) => line.startsWith('| state |'));
  if (from === -1) return '';
  const table = lines.slice(from);
  const end = table.indexOf('');
  return table
    .slice(0, end)
    .map((line) => `${line}\n`)
    .join('');
}

/** The files whose state tables a document repeats, each with what the document says. */
export function repeatedTables(document: string): ReadonlyMap<string, string> {
  return new Map([...document.matchAll(PLACE)].map(([, , path = '', table = '']) => [path, table]));
}

/** The document with every table as it is in its source. */
export function withTables(document: string, tableOf: (path: string) => string): string {
  return document.replaceAll(
    PLACE,
    (_, marker: string, path: string) => `${marker}${tableOf(path)}`,
  );
}
