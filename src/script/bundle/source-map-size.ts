import { MAP_MARK } from '../trace/script-sources.ts';

/** The code of a bundle without its source map. */
export function withoutSourceMap(code: string): string {
  const mark = code.lastIndexOf(MAP_MARK);
  return mark === -1 ? code : code.slice(0, mark + 1);
}

/**
 * The bundle with as much of its source map as `fits`: all of it; without the text of the sources, which
 * takes the lines with a caret out of messages, but not file and line; or nothing of it.
 */
export function withFittingSourceMap(code: string, fits: (code: string) => boolean): string {
  if (fits(code)) return code;
  const mark = code.lastIndexOf(MAP_MARK);
  if (mark === -1) return code;
  const encoded = code.slice(mark + MAP_MARK.length);
  // Made by esbuild a moment ago.
  const map: object = JSON.parse(Buffer.from(encoded, 'base64').toString());
  const lean = Buffer.from(JSON.stringify({ ...map, sourcesContent: undefined }));
  const withLean = `${code.slice(0, mark)}${MAP_MARK}${lean.toString('base64')}\n`;
  return fits(withLean) ? withLean : withoutSourceMap(code);
}
