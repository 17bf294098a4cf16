import type { HttpSession } from '../../http/http-session.ts';
import type { HttpOptions } from '../../http/user/http-options.ts';
import type { Environment } from '../host/environment.ts';
import { User } from './user.ts';
import { takeContext, type UserContext } from './user-context.ts';

/** A virtual user with an HTTP client of its own: own connections, own cookies. */
export abstract class HttpUser extends User {
  static override abstract?: boolean = true;
  /** How the users of this class talk HTTP: timeouts, TLS, redirects. */
  static http?: HttpOptions;
  /** Begin every iteration without cookies and with a new connection. @default false */
  static freshSession?: boolean = false;

  /** Sends requests and measures them. A request that fails does not throw: look at the answer. */
  readonly client: HttpSession;

  /**
   * Called by katydid; a subclass needs no constructor, but may have one.
   *
   * @param environment - As in Locust; `this.environment` is the same.
   */
  constructor(environment?: Environment) {
    super(environment);
    this.client = takeContext<UserContext>(new.target.name).openSession(httpOptionsOf(new.target));
  }
}

/** Another name for `HttpUser`, which is fast already. */
export const FastHttpUser: typeof HttpUser = HttpUser;
/** Another name for `HttpUser`. */
export type FastHttpUser = HttpUser;

/** The `http` of a user class, its own or inherited; empty for one that talks no HTTP. */
export function httpOptionsOf(UserClass: object): HttpOptions {
  // Scripts in JavaScript may have put anything there: the session complains about it.
  const { http } = UserClass as { readonly http?: HttpOptions };
  return typeof http === 'object' && http !== null ? http : {};
}
