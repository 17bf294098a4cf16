import { KatydidError } from '../../base/errors.ts';
import { inTerminal } from '../../base/outside-text.ts';

/** Longest explanation of a refusal that is read, in bytes. */
export const MAX_REFUSAL_BYTES = 4096;

/** Something else than a master may answer, and its text goes to a terminal. */
const MAX_TEXT_CHARS = 500;

/**
 * The error for an answer by which a master refuses to let us in.
 *
 * @param status - HTTP status of the answer.
 * @param body - The part of its body that was read.
 * @returns A `KAT_REFUSED`: another attempt cannot succeed.
 */
export function masterRefusal(status: number, body: string): KatydidError {
  let message = `HTTP ${status}`;
  let hint = 'Is this really the address of a katydid master?';
  try {
    const parsed: unknown = JSON.parse(body);
    if (typeof parsed === 'object' && parsed !== null) {
      if ('message' in parsed && typeof parsed.message === 'string') message = parsed.message;
      if ('hint' in parsed && typeof parsed.hint === 'string') hint = parsed.hint;
    }
  } catch {
    // The answer is not katydid's own: some other server listens there, which the default hint says.
  }
  const shown = (text: string): string => inTerminal(text.slice(0, MAX_TEXT_CHARS));
  return refusedBecause(`the master refused: ${shown(message)}`, shown(hint));
}

/** A `KAT_REFUSED`: another attempt cannot succeed. */
export function refusedBecause(message: string, hint: string): KatydidError {
  return new KatydidError('KAT_REFUSED', message, { hint });
}
