import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { withSourcePlaces } from './script-sources.ts';

const MAX_TEXT_CHARS = 16_384;

/** Level of a line in the log. */
export type ConsoleLevel = 'debug' | 'info' | 'warn' | 'error';

const LEVELS: Readonly<Record<string, ConsoleLevel>> = {
  debug: 'debug',
  warn: 'warn',
  error: 'error',
  trace: 'error',
  assert: 'error',
};

/**
 * Takes everything that scripts print with `console` from now on, in place of standard output and
 * standard error.
 *
 * @param sink - Gets each print as text, formatted as `console` does, its last line break left out;
 *   at most 16,384 characters.
 * @returns A function that gives `console` back.
 */
export function captureConsole(sink: (level: ConsoleLevel, text: string) => void): () => void {
  let level: ConsoleLevel = 'info';
  const stream = new Writable({
    decodeStrings: false,
    write(chunk: unknown, _encoding, done) {
      const text = withSourcePlaces(String(chunk).replace(/\n$/, ''));
      sink(level, text.length > MAX_TEXT_CHARS ? `${text.slice(0, MAX_TEXT_CHARS - 1)}…` : text);
      done();
    },
  });
  const formatter: object = new Console({ stdout: stream, stderr: stream, colorMode: false });
  const target: object = globalThis.console;
  const before: [string, unknown][] = [];
  for (const name of Object.keys(target)) {
    const printed: unknown = Reflect.get(formatter, name);
    if (typeof printed !== 'function' || name === 'Console') continue;
    before.push([name, Reflect.get(target, name)]);
    Reflect.set(target, name, (...args: unknown[]): void => {
      level = LEVELS[name] ?? 'info';
      Reflect.apply(printed, formatter, args);
    });
  }
  return () => {
    for (const [name, method] of before) Reflect.set(target, name, method);
  };
}
