import type { Prompt } from '../state/ui-state.ts';
import type { UiCommand } from '../text/command.ts';

/** The longest text that a prompt takes. */
const MOST_CHARACTERS = 40;
/** A larger number of users, or a higher rate, is a slip of the finger. */
const MOST_USERS = 10_000_000;
const MOST_RATE = 1_000_000;

/** A prompt with these characters at its end; control characters are left out. */
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
  // `1.5x` may give a fraction, which is rounded; a fraction that was typed is a mistake.
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
