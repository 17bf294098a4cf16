import { KatydidError } from '../../base/errors.ts';

/**
 * Thrown into a user's code where its request was cut at the end of a stop, and by every request after
 * that. No failure of the script's: the user loop recognises it by its code and ends the user.
 */
export class UserCut extends KatydidError {
  constructor() {
    super('KAT_CUT', 'the run is over: this user was cut');
  }
}
