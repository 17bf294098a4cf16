/** The longest piece of somebody's input that a message repeats, in characters. */
const LONGEST_QUOTED = 60;

/** Text of unknown origin in double quotes: one line, no control characters, at most 60 characters of it. */
export function quote(text: string): string {
  const shown = text.length > LONGEST_QUOTED ? `${text.slice(0, LONGEST_QUOTED - 1)}…` : text;
  // JSON escapes the controls below U+0020; the others can still move a terminal's cursor or turn text around.
  return JSON.stringify(shown).replace(
    /[\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Whether a text can stand in a suggestion as it is: one word of printable ASCII, at most 200 characters. */
export function isPlain(text: string): boolean {
  return /^[\x21-\x7e]{1,200}$/.test(text);
}
