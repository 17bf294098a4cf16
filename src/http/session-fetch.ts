import { ResponseError } from './exchange/http-errors.ts';
import type { HttpResponse } from './exchange/http-response.ts';
import type { RequestRun } from './request/request-run.ts';
import { parseHttpUrl } from './request/request-target.ts';
import type { RequestOptions } from './user/http-options.ts';

/** What `measuredFetch` needs of the session it belongs to. */
export interface FetchBase {
  readonly baseUrl: string;
  /** Makes a request that has not been started. @throws {UserCut} where the user was cut. */
  begin(method: string, url: string, name: string, options: RequestOptions): RequestRun;
}

/** Statuses that the platform's `Response` refuses a body for. */
const BODYLESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/**
 * The WHATWG `fetch` over a session. Request bodies are read whole before they are sent, and answers
 * are whole when the promise resolves. Rejects with `TypeError` where no whole answer came, with the
 * signal's reason where it was aborted (that counts as failed, `aborted`), with `UserCut` after a cut.
 */
export function measuredFetch(base: FetchBase): typeof fetch {
  return async (input, init) => {
    const given = input instanceof Request ? input.url : String(input);
    const request = new Request(input instanceof Request ? input : absolute(given, base), init);
    request.signal.throwIfAborted();
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    const run = base.begin(request.method, request.url, given, {
      headers: request.headers,
      redirect: request.redirect === 'follow' ? 'follow' : 'manual',
      ...(body === undefined ? {} : { body }),
    });
    const answer = await runUntilAborted(run, request.signal);
    // `Response` takes no other statuses.
    const isStrange = answer.status < 200 || answer.status > 599;
    if (run.brokenBy !== undefined || isStrange) throw fetchFailed(answer);
    if (request.redirect === 'error' && answer.status >= 300 && answer.status < 400) {
      throw fetchFailed(answer);
    }
    return responseOf(answer);
  };
}

/** A path behind the base URL as an absolute URL, since `Request` takes no other. */
function absolute(url: string, base: FetchBase): string {
  if (URL.canParse(url)) return url;
  const basePath = parseHttpUrl(base.baseUrl)?.pathname.replace(/\/+$/, '') ?? '';
  return (
    parseHttpUrl(basePath + (url.startsWith('/') ? url : `/${url}`), base.baseUrl)?.href ?? url
  );
}

async function runUntilAborted(run: RequestRun, signal: AbortSignal): Promise<HttpResponse> {
  const onAbort = (): void => run.abort('aborted');
  signal.addEventListener('abort', onAbort, { once: true });
  try {
    run.start();
    const answer = await run.promise;
    if (run.brokenBy === 'aborted') signal.throwIfAborted();
    return answer;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

function fetchFailed(answer: HttpResponse): TypeError {
  const { method, url } = answer.request;
  const cause = new ResponseError(`${method} ${url}`, answer.error ?? 'redirected', answer.status);
  return new TypeError('fetch failed', { cause });
}

function responseOf(answer: HttpResponse): Response {
  // A copy where the bytes share memory with others: a response owns its body.
  const body = BODYLESS.has(answer.status) ? null : new Uint8Array(answer.bytes());
  const response = new Response(body, { status: answer.status, headers: [...answer.headers] });
  // `Response` has no way to be told these.
  Object.defineProperty(response, 'url', { value: answer.url });
  Object.defineProperty(response, 'redirected', { value: answer.history.length > 0 });
  return response;
}
