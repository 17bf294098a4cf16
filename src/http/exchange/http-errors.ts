import { KatydidError } from '../../base/errors.ts';

/**
 * `raiseForStatus()` throws this to end the task. The request is in the figures already, so the user
 * loop recognises the error by its code and does not count it again.
 */
export class ResponseError extends KatydidError {
  /** Status of the answer; 0 where none came. */
  readonly status: number;

  /**
   * Made by katydid.
   *
   * @param status - HTTP status; 0 where no answer came.
   */
  constructor(request: string, error: string, status: number) {
    super('KAT_RESPONSE', `${request}: ${error}`);
    this.status = status;
  }
}

/**
 * Thrown into a user's code where its request was cut at the end of a stop, and by every request after
 * that. The script has made no mistake: the user loop recognises the error by its code and ends the user.
 */
export class UserCut extends KatydidError {
  constructor() {
    super('KAT_CUT', 'the run is over: this user was cut');
  }
}

/** The body that a script gave cannot be sent: it does not serialise, or its stream failed. */
export class RequestBodyError extends KatydidError {
  constructor(message: string, cause?: unknown) {
    super('KAT_SCRIPT', message, cause === undefined ? {} : { cause });
  }
}

/** The script gave one `content-length`, and its stream has another length. */
export class LengthMismatch extends RequestBodyError {
  constructor() {
    super('content-length is not that of the body');
  }
}

/**
 * A proxy did not open a tunnel. No script sees this error: it travels from the tunnel to `failureName`,
 * which takes the message as the failure's name.
 */
export class ProxyRefusal extends Error {
  readonly code = 'KAT_PROXY';
}
