import { describe, expect, it } from 'vitest';
import { Exchange, RequestHead, type WireBody } from '../../../../src/http/exchange/exchange.ts';
import { ResponseHeaders } from '../../../../src/http/exchange/response-headers.ts';
import type { Redirect } from '../../../../src/http/request/redirect.ts';
import { RedirectChain, redirectIn } from '../../../../src/http/request/redirect-chain.ts';
import { UserHttp } from '../../../../src/http/user/user-http.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingSink } from '../../../support/recording-sink.ts';

const LIMITS = { timeoutSeconds: 0, maxBodyBytes: 10 };
const LISTENER = { exchangeSent: () => undefined, exchangeEnded: () => undefined };

function userWith(maxRedirects: number): UserHttp {
  return new UserHttp({
    sink: new RecordingSink(),
    engine: {
      connectionSet: () => ({ start: () => undefined, close: () => undefined }),
      rest: () => undefined,
    },
    clock: new FakeClock(),
    baseUrl: 'http://h',
    options: { maxRedirects },
  });
}

/** A redirecting answer to `POST http://h/a`, and where it leads. */
function redirected(
  status: number,
  location: string,
  { headers = [], body = null }: { headers?: readonly string[]; body?: WireBody } = {},
): { readonly exchange: Exchange; readonly redirect: Redirect } {
  const head = new RequestHead('POST', 'http://h', '/a', headers);
  const exchange = new Exchange(head, body, 0, LIMITS, LISTENER);
  exchange.status = status;
  exchange.headers = new ResponseHeaders({ location });
  exchange.bodyBytes = 6;
  const redirect = redirectIn(exchange);
  if (typeof redirect === 'string') throw new Error(redirect);
  if (redirect === undefined) throw new Error('leads nowhere');
  return { exchange, redirect };
}

async function* stream(): AsyncGenerator<Uint8Array> {
  yield Buffer.from('x');
}

describe('RedirectChain', () => {
  it('refuses one redirect more than there may be', () => {
    const hops = new RedirectChain(userWith(0), LIMITS, '');
    const { exchange, redirect } = redirected(302, '/b');

    expect(hops.problemWith(exchange, redirect)).toBe('too many redirects (0)');
  });

  it('refuses a second body of 6 bytes where 10 may be kept', () => {
    const hops = new RedirectChain(userWith(9), LIMITS, '');
    const { exchange, redirect } = redirected(302, '/b');

    expect(hops.problemWith(exchange, redirect)).toBeUndefined();
    expect(hops.problemWith(exchange, redirect)).toBe('body over 10 B');
  });

  it('refuses to send a stream a second time, and follows where the body stays behind', () => {
    const hops = new RedirectChain(userWith(9), LIMITS, '');
    const kept = redirected(307, '/b', { body: stream() });
    const left = redirected(303, '/b', { body: stream() });

    expect(hops.problemWith(left.exchange, left.redirect)).toBeUndefined();
    expect(
      new RedirectChain(userWith(9), LIMITS, '').problemWith(kept.exchange, kept.redirect),
    ).toBe('redirect of a streamed body');
  });

  it("gives the next hop the jar's cookies of its own URL in place of those of the first", () => {
    const user = userWith(9);
    user.cookies.set('a', '1', { path: '/a' });
    user.cookies.set('b', '2', { path: '/b' });
    const hops = new RedirectChain(user, LIMITS, 'a=1');
    const { exchange, redirect } = redirected(302, '/b', {
      headers: ['x-a', '1', 'content-type', 'text/plain', 'cookie', 'a=1'],
    });

    expect(hops.linesFor(redirect, exchange)).toEqual(['x-a', '1', 'cookie', 'b=2']);
  });
});
