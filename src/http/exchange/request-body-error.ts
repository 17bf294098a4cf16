import { KatydidError } from '../../base/errors.ts';

/** The body that a script gave cannot be sent: it does not serialise, or its stream failed. */
export class RequestBodyError extends KatydidError {
  constructor(message: string, cause?: unknown) {
    super('KAT_SCRIPT', message, cause === undefined ? {} : { cause });
  }
}
