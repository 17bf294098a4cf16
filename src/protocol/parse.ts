import type { z } from 'zod';
import { ProtocolError } from '../base/errors.ts';

/**
 * Reads JSON text and holds it against a schema.
 *
 * @param from - Who sent it, for the message.
 * @throws {ProtocolError} That names the first thing that is wrong.
 */
export function parseWith<T>(schema: z.ZodType<T>, text: string, from: string): T {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ProtocolError(`a message of ${from} is not JSON`, { cause: error });
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const where = issue?.path.join('.') || 'message';
  throw new ProtocolError(`a message of ${from} is not understood: ${where}: ${issue?.message}`);
}
