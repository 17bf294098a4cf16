import { inJson } from '../../../base/outside-text.ts';

/** The longest piece of somebody's input that a message repeats, in characters. */
const LONGEST_QUOTED = 60;

/** Text of unknown origin in double quotes: one line, no control characters, at most 60 characters of it. */
export function quote(text: string): string {
  const shown = text.length > LONGEST_QUOTED ? `${text.slice(0, LONGEST_QUOTED - 1)}…` : text;
  return inJson(JSON.stringify(shown));
}

/** Whether a text can stand in a suggestion as it is: one word of printable ASCII, at most 200 characters. */
export function isPlain(text: string): boolean {
  return /^[\x21-\x7e]{1,200}$/.test(text);
}
