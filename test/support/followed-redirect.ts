import { type Redirect, redirectOf } from '../../src/http/request/redirect.ts';

/** What `redirectOf` makes of an answer that is followed. */
export function followedRedirect(...answer: Parameters<typeof redirectOf>): Redirect {
  const redirect = redirectOf(...answer);
  if (typeof redirect !== 'object') throw new Error(`not followed: ${redirect ?? 'it is final'}`);
  return redirect;
}
