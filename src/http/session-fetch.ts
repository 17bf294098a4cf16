import { ResponseError } from './exchange/http-errors.ts';
import type { HttpResponse } from './exchange/http-response.ts';
import { AnswerStream, type ArrivedAnswer } from './request/answer-stream.ts';
import type { RequestRun } from './request/request-run.ts';
import { parseHttpUrl } from './request/request-target.ts';
import type { RequestOptions } from './user/http-options.ts';

/** What `measuredFetch` needs of the session it belongs to. */
export interface FetchBase {
  readonly baseUrl: string;
  /** Makes a request that has not been started. @throws {UserCut} where the user was cut. */
  begin(
    method: string,
    url: string,
    name: string,
    options: RequestOptions,
    stream: AnswerStream,
  ): RequestRun;
}

/** Statuses that the platform's `Response` refuses a body for. */
const BODYLESS: ReadonlySet<number> = new Set([101, 103, 204, 205, 304]);

/**
 * The WHATWG `fetch` over a session. Request bodies are read whole before they are sent; the promise
 * resolves with the head of the answer, whose body streams. Rejects with `TypeError` where no answer came,
 * with the signal's reason where it was aborted (that counts as failed, `aborted`), with `UserCut` after a
 * cut; what goes wrong behind the head ends the body with an error.
 */
export function measuredFetch(base: FetchBase): typeof fetch {
  return async (input, init) => {
    const given = input instanceof Request ? input.url : String(input);
    const request = new Request(input instanceof Request ? input : absolute(given, base), init);
    const { signal } = request;
    signal.throwIfAborted();
    const body = request.body === null ? undefined : new Uint8Array(await request.arrayBuffer());
    signal.throwIfAborted();
    const options: RequestOptions = {
      headers: request.headers,
      redirect: request.redirect === 'follow' ? 'follow' : 'manual',
      ...(body === undefined ? {} : { body }),
    };
    const stream = new AnswerStream();
    const run = base.begin(request.method, request.url, given, options, stream);
    abortWith(signal, run, stream);
    run.start();
    const arrived = await Promise.race([stream.head, failedAnswer(run, signal)]);
    const { status } = arrived.answer;
    const isUnwanted = request.redirect === 'error' && status >= 300 && status < 400;
    // `Response` takes no other statuses.
    if (isUnwanted || status < 200 || status > 599) {
      await arrived.body.cancel();
      throw fetchFailed(arrived.answer);
    }
    return responseOf(arrived, request.method);
  };
}

/** Rejects where the request ends without an answer. */
async function failedAnswer(run: RequestRun, signal: AbortSignal): Promise<never> {
  const answer = await run.promise;
  if (run.brokenBy === 'aborted') signal.throwIfAborted();
  throw fetchFailed(answer);
}

/** Lets `signal` end the request, and whoever reads its body, until it is over. */
function abortWith(signal: AbortSignal, run: RequestRun, stream: AnswerStream): void {
  const onAbort = (): void => {
    // Whoever reads the body gets the signal's reason, so that comes first.
    stream.breakOff(signal.reason);
    run.abort('aborted');
  };
  const ignore = (): void => signal.removeEventListener('abort', onAbort);
  signal.addEventListener('abort', onAbort, { once: true });
  run.promise.then(ignore, ignore);
}

/** A path behind the base URL as an absolute URL, since `Request` takes no other. */
function absolute(url: string, base: FetchBase): string {
  if (URL.canParse(url)) return url;
  const basePath = parseHttpUrl(base.baseUrl)?.pathname.replace(/\/+$/, '') ?? '';
  return (
    parseHttpUrl(basePath + (url.startsWith('/') ? url : `/${url}`), base.baseUrl)?.href ?? url
  );
}

function fetchFailed(answer: HttpResponse): TypeError {
  const { method, url } = answer.request;
  const cause = new ResponseError(`${method} ${url}`, answer.error ?? 'redirected', answer.status);
  return new TypeError('fetch failed', { cause });
}

function responseOf({ answer, body }: ArrivedAnswer, method: string): Response {
  const hasBody = method !== 'HEAD' && !BODYLESS.has(answer.status);
  const response = new Response(hasBody ? body : null, {
    status: answer.status,
    headers: [...answer.headers],
  });
  // `Response` has no way to be told these.
  Object.defineProperty(response, 'url', { value: answer.url });
  Object.defineProperty(response, 'redirected', { value: answer.history.length > 0 });
  return response;
}
