import { MAP_MARK } from '../trace/script-sources.ts';

/** The code of a bundle without its source map. */
export function withoutSourceMap(code: string): string {
  const mark = code.lastIndexOf(MAP_MARK);
  return mark === -1 ? code : code.slice(0, mark + 1);
}

/**
 * The bundle with as much of its source map as `fits`: the whole map, or the map without the text of the
 * sources, or none. Without the text, messages have file and line, but no line with a caret.
 */
export function withFittingSourceMap(code: string, fits: (code: string) => boolean): string {
  if (fits(code)) return code;
  const mark = code.lastIndexOf(MAP_MARK);
  if (mark === -1) return code;
  const encoded = code.slice(mark + MAP_MARK.length);
  // esbuild made this a moment ago.
  const map: object = JSON.parse(Buffer.from(encoded, 'base64').toString());
  const lean = Buffer.from(JSON.stringify({ ...map, sourcesContent: undefined }));
  const withLean = `${code.slice(0, mark)}${MAP_MARK}${lean.toString('base64')}\n`;
  return fits(withLean) ? withLean : withoutSourceMap(code);
}
