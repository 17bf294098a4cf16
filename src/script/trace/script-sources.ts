import { SourceMap } from 'node:module';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { SourcePlace } from './code-frame.ts';

/** Separates the code of a bundle from its source map, which is in base64. */
export const MAP_MARK = '\n//# sourceMappingURL=data:application/json;base64,';

/** Where the code of the bundles loaded in this process comes from; read when first asked for. */
const mapsByUrl = new Map<string, () => SourceMap | undefined>();

/** Remembers the source map at the end of `code`, which is loaded as `url`. */
export function rememberSources(url: string, code: string): void {
  let map: SourceMap | undefined;
  let isRead = false;
  mapsByUrl.set(url, () => {
    if (!isRead) map = readMap(code);
    isRead = true;
    return map;
  });
}

/** Whether `url` is that of a bundle. */
export function isBundleUrl(url: string): boolean {
  return mapsByUrl.has(url);
}

/**
 * The place in the user's own file that `line:column` of a bundle was made from.
 *
 * @returns `undefined` for a place that is in no user's file.
 */
export function sourcePlace(url: string, line: number, column: number): SourcePlace | undefined {
  const map = mapsByUrl.get(url)?.();
  if (map === undefined) return undefined;
  const entry = map.findEntry(line - 1, column - 1);
  if (!('originalSource' in entry) || entry.originalSource === undefined) return undefined;
  const file = resolve(fileURLToPath(new URL('.', url)), entry.originalSource);
  return {
    file,
    line: entry.originalLine + 1,
    column: entry.originalColumn + 1,
    lineText: lineOf(map, entry.originalSource, entry.originalLine),
  };
}

/** Puts the user's own files and lines into a text that names places of bundles, such as a stack. */
export function withSourcePlaces(text: string): string {
  if (mapsByUrl.size === 0 || !text.includes('file://')) return text;
  return text.replace(/(file:\/\/\S+?):(\d+):(\d+)/g, (found, url: string, line, column) => {
    const place = sourcePlace(url, Number(line), Number(column));
    return place === undefined ? found : `${place.file}:${place.line}:${place.column}`;
  });
}

function readMap(code: string): SourceMap | undefined {
  const mark = code.lastIndexOf(MAP_MARK);
  if (mark === -1) return undefined;
  const encoded = code.slice(mark + MAP_MARK.length).trim();
  try {
    return new SourceMap(JSON.parse(Buffer.from(encoded, 'base64').toString()));
  } catch {
    // A broken map was made by hand: places are named as they are in the bundle.
    return undefined;
  }
}

function lineOf(map: SourceMap, source: string, lineIndex: number): string | undefined {
  const { sources, sourcesContent } = map.payload;
  return sourcesContent?.[sources.indexOf(source)]?.split('\n')[lineIndex]?.replace(/\r$/, '');
}
