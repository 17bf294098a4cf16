import { ScriptError } from '../../base/errors.ts';
import type { HttpSession } from '../../http/http-session.ts';
import type { HttpOptions } from '../../http/user/http-options.ts';
import type { Environment } from '../host/environment.ts';

/** What the loop that runs a user gives it: the far side of `User`'s own members. */
export interface UserContext {
  readonly index: number;
  readonly iteration: number;
  readonly host: string;
  readonly environment: Environment;
  random(): number;
  wait(): Promise<void>;
  /** Opens the user's one HTTP session; called by the constructor of `HttpUser`. */
  openSession(options: HttpOptions): HttpSession;
}

// Construction is synchronous, so a module-level slot cannot be seen by another user's constructor;
// in this way scripts need no constructor of their own to hand a context on.
let current: object | undefined;

/** Calls `construct` so that `takeContext` in constructors and field initialisers gives `context`. */
export function constructWith<Made>(context: object, construct: () => Made): Made {
  const outer = current;
  current = context;
  try {
    return construct();
  } finally {
    current = outer;
  }
}

/**
 * The context of the object under construction.
 *
 * @throws {ScriptError} Where a script calls `new` itself.
 */
export function takeContext<Context extends object>(className: string): Context {
  if (current === undefined) {
    throw new ScriptError(`${className}: katydid makes users and task sets itself`, {
      hint: 'Export the class and leave the `new` to katydid.',
    });
  }
  // Set by `constructWith` in the loop that makes exactly this kind of object.
  return current as Context;
}
