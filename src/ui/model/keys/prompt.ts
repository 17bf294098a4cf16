import type { Prompt } from '../state/ui-state.ts';
import type { UiCommand } from '../text/command.ts';

/** The longest text that a prompt takes. */
const MOST_CHARACTERS = 40;
/** More users than any machine's fleet has addresses for is a slip of the finger. */
const MOST_USERS = 10_000_000;
const MOST_RATE = 1_000_000;

/** A prompt with these characters put to its end; what is no printable character is left out. */
export function typeInto(prompt: Prompt, characters: string): Prompt {
  const printable = characters.replaceAll(/[^\P{C}]/gu, '');
  return { kind: prompt.kind, text: (prompt.text + printable).slice(0, MOST_CHARACTERS) };
}

/** A prompt without its last character. */
export function eraseLast(prompt: Prompt): Prompt {
  return { kind: prompt.kind, text: Array.from(prompt.text).slice(0, -1).join('') };
}

/**
 * Reads what was typed for the number of users or the spawn rate.
 *
 * @param current - The value that `+50`, `-50` and `2x` start from.
 * @returns The command, or why the text means nothing.
 */
export function readPrompt(
  { kind, text }: Prompt,
  current: number,
): { readonly command: UiCommand } | { readonly problem: string } {
  const value = readAmount(text, current);
  if (value === null) return { problem: 'a number, +50, -50 or 2x' };
  if (kind === 'rate') {
    if (!(value > 0)) return { problem: 'the rate must be above 0' };
    return value > MOST_RATE
      ? { problem: 'at most 1,000,000 a second' }
      : { command: { type: 'set-spawn-rate', rate: value } };
  }
  // What `2x` and the like make of the current number is rounded; a number that was typed is meant.
  if (!Number.isInteger(value) && !text.includes('x'))
    return { problem: 'users are a whole number' };
  const users = Math.round(value);
  if (users < 0) return { problem: `there are ${current} users: at most that many can go` };
  return users > MOST_USERS
    ? { problem: 'at most 10,000,000 users' }
    : { command: { type: 'set-users', users } };
}

function readAmount(text: string, current: number): number | null {
  const found = /^([+-]?)(\d+(?:\.\d+)?)(x?)$/.exec(text.trim());
  if (found === null) return null;
  const [, sign, digits, times] = found;
  const amount = Number(digits);
  if (times === 'x') return sign === '' ? current * amount : null;
  if (sign === '+') return current + amount;
  return sign === '-' ? current - amount : amount;
}
