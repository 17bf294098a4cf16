import type { z } from 'zod';
import { messageOf, ProtocolError } from '../../base/errors.ts';
import { inTerminal } from '../../base/outside-text.ts';

/** The longest message: it may hold what a peer wrote, and goes to a log. */
const MAX_MESSAGE_CHARS = 300;

/**
 * Reads JSON text and holds it against a schema.
 *
 * @param from - Who sent it, for the message.
 * @throws {ProtocolError} That names the first thing that is wrong, in one printable line.
 */
export function parseWith<T>(schema: z.ZodType<T>, text: string, from: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProtocolError(`a message of ${from} is not JSON`, { cause: error });
  }
  const problem = (what: string): ProtocolError =>
    new ProtocolError(
      `a message of ${from} is not understood: ${inTerminal(what.slice(0, MAX_MESSAGE_CHARS))}`,
    );
  let result: z.ZodSafeParseResult<T>;
  try {
    result = schema.safeParse(value);
  } catch (error) {
    // Values may be nested so deep that the check itself runs out of stack.
    throw problem(messageOf(error));
  }
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw problem(`${issue?.path.join('.') || 'message'}: ${issue?.message}`);
}
