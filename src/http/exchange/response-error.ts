import { KatydidError } from '../../base/errors.ts';

/**
 * What `raiseForStatus()` throws: ends the task. The request is in the figures already, so the user
 * loop recognises this by its code and counts nothing again.
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
