import { ResponseError } from './exchange/http-errors.ts';
import type { HttpResponse } from './exchange/http-response.ts';
import { AnswerStream, type ArrivedAnswer } from './request/answer-stream.ts';
import type { RequestRun } from './request/request-run.ts';
import type { RequestOptions } from './user/http-options.ts';

/** What `measuredFetch` needs of the session it belongs to. */
export interface FetchBase {
  /** The absolute URL that `given` stands for, without user and password; `undefined` where it is none. */
  urlOf(given: string): string | undefined;
  /** Makes a request that has not been started. @throws {UserCut} where the user was cut. */
  begin(method: string, given: string, options: RequestOptions, stream: AnswerStream): RequestRun;
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
    // `Request` takes no path alone, and no user and password.
    const url = input instanceof Request ? input : base.urlOf(given);
    if (url === undefined) return failBadUrl(base, init?.method ?? 'GET', given);
    const request = new Request(url, init);
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
    const run = base.begin(request.method, given, options, stream);
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

/** Lets `signal` end the request and the reading of its body, until the request is over. */
function abortWith(signal: AbortSignal, run: RequestRun, stream: AnswerStream): void {
  const onAbort = (): void => {
    // First, so that a script which reads the body gets the signal's reason.
    stream.breakOff(signal.reason);
    run.abort('aborted');
  };
  const ignore = (): void => signal.removeEventListener('abort', onAbort);
  signal.addEventListener('abort', onAbort, { once: true });
  run.promise.then(ignore, ignore);
}

/** Counts a request for what is no URL of HTTP as `get` does, and says so without its password. */
async function failBadUrl(base: FetchBase, method: string, given: string): Promise<never> {
  const run = base.begin(method, given, {}, new AnswerStream());
  run.start();
  throw fetchFailed(await run.promise);
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
