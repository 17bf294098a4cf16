/**
 * One request of a script, from asking to recording. Hot: one object and one promise a request, and
 * an exchange for each hop; nothing else is made unless the request needs it.
 *
 *   asked -> (body) -> exchange -> redirect -> exchange … -> check -> recorded
 *                 \ failed                  \ failed               (cut: anywhere)
 */
import { messageOf } from '../base/errors.ts';
import { usToMs } from '../base/units.ts';
import { Answer } from './answer.ts';
import { checkVerdict } from './check-verdict.ts';
import { decodeContent } from './content-decoding.ts';
import {
  deadlineAfter,
  Exchange,
  type ExchangeLimits,
  type ExchangeListener,
  type WireBody,
} from './exchange.ts';
import type { ExchangeName } from './exchange-sink.ts';
import { shortText } from './failure-name.ts';
import type { HeaderFields, RequestOptions } from './http-options.ts';
import type { HttpResponse } from './http-response.ts';
import { type Redirect, redirectOf } from './redirect.ts';
import { NO_BODY, type PreparedBody, prepareBody } from './request-body.ts';
import { RequestBodyError } from './request-body-error.ts';
import { headerLines, headerValue, withoutHeaders } from './request-headers.ts';
import { basicAuthorization, type RequestTarget } from './request-target.ts';
import { withQuery } from './url-fields.ts';
import { UserCut } from './user-cut.ts';
import type { RunningRequest, UserHttp } from './user-http.ts';

const NO_HISTORY: readonly HttpResponse[] = [];
const NO_BYTES = new Uint8Array(0);
const COOKIE: ReadonlySet<string> = new Set(['cookie']);

/** What a session knows about a request that it makes. */
export interface RequestPlan {
  /** In capitals. */
  readonly method: string;
  /** `undefined` where the URL is none. */
  readonly target: RequestTarget | undefined;
  /** What it is counted under, unless the answer decides. */
  readonly name: string;
  readonly sessionHeaders: HeaderFields;
  readonly options: RequestOptions;
  /** When the script asked. */
  readonly askedUs: number;
}

/** A request under way; `promise` is what the script awaits. */
export class RequestRun implements ExchangeListener, RunningRequest {
  /** The answer, failed or not; rejects with `UserCut` alone. */
  readonly promise: Promise<HttpResponse>;
  /** Why no whole answer came; `undefined` where one did, whatever was made of it. */
  brokenBy: string | undefined = undefined;
  readonly #user: UserHttp;
  readonly #plan: RequestPlan;
  readonly #sentAs: ExchangeName;
  readonly #limits: ExchangeLimits;
  readonly #fromUs: number;
  readonly #lateUs: number;
  #resolve: (response: HttpResponse) => void = ignore;
  #reject: (error: UserCut) => void = ignore;
  #isOver = false;
  #exchange: Exchange | undefined = undefined;
  /** Of the first exchange: service time and lag count from there. */
  #actedUs = -1;
  #lagUs = 0;
  #hopAskedUs: number;
  #jarCookie = '';
  #history: HttpResponse[] | undefined = undefined;

  constructor(user: UserHttp, plan: RequestPlan) {
    this.#user = user;
    this.#plan = plan;
    this.#sentAs = user.sink.nameOf(plan.method, plan.name);
    const { settings } = user;
    const timeoutSeconds = plan.options.timeout ?? settings.timeoutSeconds;
    this.#limits = {
      deadlineUs: deadlineAfter(plan.askedUs, timeoutSeconds),
      timeoutSeconds,
      maxBodyBytes: settings.maxBodyBytes,
    };
    const dueUs = user.takeDueUs();
    this.#fromUs = dueUs < 0 ? plan.askedUs : Math.min(dueUs, plan.askedUs);
    this.#lateUs = user.takeLateUs();
    this.#hopAskedUs = plan.askedUs;
    this.promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  /** Begins; call once. */
  start(): void {
    this.#user.running.add(this);
    const { target, options } = this.#plan;
    if (target === undefined) {
      this.#fail('bad URL');
      return;
    }
    let prepared: PreparedBody | Promise<PreparedBody>;
    try {
      prepared = prepareBody(options);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    if (prepared instanceof Promise) this.#sendLater(target, prepared);
    else this.#send(target, prepared);
  }

  /** Ends it as failed, as a script asked for; nothing where it is over. */
  abort(failure: string): void {
    if (this.#isOver) return;
    if (this.#exchange === undefined) this.#fail(failure);
    else this.#exchange.abort(failure);
  }

  cut(): void {
    if (this.#isOver) return;
    this.#finish();
    const exchange = this.#exchange;
    exchange?.abort('cut');
    if (exchange?.isSent) {
      this.#user.sink.abandoned(
        this.#sentAs,
        exchange.bytesReceived,
        Math.round(exchange.finishedUs),
      );
    }
    // A script may have asked without awaiting; that must not bring the worker down.
    this.promise.catch(ignore);
    this.#reject(new UserCut());
  }

  exchangeSent(): void {
    this.#user.sink.sent(this.#sentAs);
  }

  exchangeEnded(exchange: Exchange): void {
    if (this.#isOver) return;
    if (this.#actedUs < 0 && exchange.actedUs >= 0) this.#stampActed(exchange);
    if (exchange.failure !== undefined) {
      this.#conclude(exchange, exchange.failure);
      return;
    }
    const { origin, path, method } = exchange.request;
    this.#user.cookies.store(origin, path, exchange.headers.getAll('set-cookie'));
    const redirect =
      exchange.status >= 300 && exchange.status < 400 && this.#plan.options.redirect !== 'manual'
        ? redirectOf(exchange.status, exchange.headers.get('location'), method, origin, path)
        : undefined;
    if (redirect === undefined) this.#conclude(exchange, undefined);
    else this.#follow(exchange, redirect);
  }

  #sendLater(target: RequestTarget, prepared: Promise<PreparedBody>): void {
    prepared.then(
      (body) => {
        if (!this.#isOver) this.#send(target, body);
      },
      (error: unknown) => this.#refuse(error),
    );
  }

  #send(target: RequestTarget, prepared: PreparedBody): void {
    const { method, options } = this.#plan;
    let path: string;
    let headers: readonly string[];
    try {
      path = withQuery(target.path, options.params);
      headers = this.#firstHeaders(target, path, prepared.contentType);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    this.#exchangeFor(method, target.origin, path, headers, prepared.body);
  }

  #firstHeaders(
    target: RequestTarget,
    path: string,
    contentType: string | undefined,
  ): readonly string[] {
    const { options, sessionHeaders } = this.#plan;
    this.#jarCookie = this.#user.cookies.headerFor(target.origin, path);
    const authorization =
      options.auth === undefined ? target.authorization : basicAuthorization(...options.auth);
    const own = { contentType, authorization, cookie: this.#jarCookie };
    return headerLines(sessionHeaders, options.headers, own);
  }

  #exchangeFor(
    method: string,
    origin: string,
    path: string,
    headers: readonly string[],
    body: WireBody,
  ): void {
    const exchange = new Exchange({ method, origin, path, headers, body }, this.#limits, this);
    this.#exchange = exchange;
    this.#user.connections.start(exchange);
  }

  #stampActed(exchange: Exchange): void {
    this.#actedUs = exchange.actedUs;
    // Waiting for one of the user's own connections is the user's doing, not lateness of ours.
    const couldBeSentUs = Math.max(this.#plan.askedUs, exchange.availableUs);
    this.#lagUs = this.#lateUs + Math.max(exchange.actedUs - couldBeSentUs, 0);
  }

  #follow(exchange: Exchange, redirect: Redirect): void {
    const { maxRedirects } = this.#user.settings;
    const history = this.#history ?? [];
    this.#history = history;
    const { headers, body } = exchange.request;
    if (history.length >= maxRedirects) {
      this.#conclude(exchange, `too many redirects (${maxRedirects})`);
      return;
    }
    if (redirect.keepsBody && body !== null && !(body instanceof Uint8Array)) {
      this.#conclude(exchange, 'redirect of a streamed body');
      return;
    }
    this.#user.sink.redirected(
      this.#sentAs,
      exchange.bytesReceived,
      Math.round(exchange.finishedUs),
    );
    history.push(this.#answer(exchange, exchange.body(), NO_HISTORY));
    this.#hopAskedUs = exchange.finishedUs;
    const lines = this.#headersAfter(redirect, withoutHeaders(headers, redirect.dropped));
    const { method, origin, path } = redirect;
    this.#exchangeFor(method, origin, path, lines, redirect.keepsBody ? body : NO_BODY.body);
  }

  /** The header lines of the next hop: the jar's cookies are those of its own URL. */
  #headersAfter(redirect: Redirect, lines: readonly string[]): readonly string[] {
    const cookie = headerValue(lines, 'cookie');
    if (cookie !== undefined && cookie !== this.#jarCookie) return lines;
    this.#jarCookie = this.#user.cookies.headerFor(redirect.origin, redirect.path);
    const others = cookie === undefined ? lines : withoutHeaders(lines, COOKIE);
    return this.#jarCookie === '' ? others : [...others, 'cookie', this.#jarCookie];
  }

  /** It could not even be begun: nothing was sent. */
  #refuse(error: unknown): void {
    const kind = error instanceof RequestBodyError ? 'body' : 'request';
    this.#fail(`bad ${kind}: ${shortText(messageOf(error))}`);
  }

  #fail(failure: string): void {
    if (!this.#isOver) this.#conclude(undefined, failure);
  }

  #conclude(exchange: Exchange | undefined, failure: string | undefined): void {
    const received = exchange?.body() ?? NO_BYTES;
    const decoded =
      exchange === undefined || failure !== undefined
        ? { body: received, failure }
        : decodeContent(
            received,
            exchange.headers.get('content-encoding'),
            this.#limits.maxBodyBytes,
          );
    const answer = this.#answer(exchange, decoded.body, this.#history ?? NO_HISTORY);
    const { check } = this.#plan.options;
    if (decoded.failure !== undefined) {
      this.brokenBy = decoded.failure;
      this.#record(answer, exchange, decoded.failure);
    } else if (check === undefined) {
      this.#record(answer, exchange, answer.error);
    } else {
      const verdict = checkVerdict(check, answer);
      if (!(verdict instanceof Promise)) this.#record(answer, exchange, verdict);
      else verdict.then((error) => this.#record(answer, exchange, error));
    }
  }

  #answer(
    exchange: Exchange | undefined,
    body: Uint8Array,
    history: readonly HttpResponse[],
  ): Answer {
    const { method, target, name, options } = this.#plan;
    const sent = exchange?.request;
    return new Answer({
      exchange,
      method: sent?.method ?? method,
      url:
        sent !== undefined ? sent.origin + sent.path : target ? target.origin + target.path : name,
      askedUs: this.#hopAskedUs,
      history,
      context: options.context,
      body,
    });
  }

  #record(answer: Answer, exchange: Exchange | undefined, error: string | undefined): void {
    // Cut while the check was at work: abandoned already.
    if (this.#isOver) return;
    this.#finish();
    const user = this.#user;
    const finishedUs = exchange?.finishedUs ?? user.clock.nowUs();
    const responseUs = Math.round(Math.max(finishedUs - this.#fromUs, 0));
    answer.settle(error, usToMs(responseUs));
    const { outcome } = user;
    outcome.ok = error === undefined;
    outcome.status = answer.status;
    outcome.error = error;
    outcome.sent = exchange?.isSent ?? false;
    outcome.responseUs = responseUs;
    outcome.serviceUs = this.#sinceActed(finishedUs, 0);
    outcome.lagUs = Math.round(this.#lagUs);
    outcome.ttfbUs = answer.status === 0 ? -1 : this.#sinceActed(exchange?.firstByteUs ?? -1, -1);
    outcome.bytesReceived = exchange?.bytesReceived ?? 0;
    outcome.contentBytes = answer.bytes().length;
    outcome.finishedAtUs = Math.round(finishedUs);
    user.freeUs = finishedUs;
    user.sink.finished(this.#sentAs, this.#finalName(answer), outcome);
    this.#resolve(answer);
  }

  #sinceActed(stampUs: number, without: number): number {
    if (this.#actedUs < 0 || stampUs < 0) return without;
    return Math.round(Math.max(stampUs - this.#actedUs, 0));
  }

  #finalName(answer: HttpResponse): ExchangeName {
    const { name } = this.#plan.options;
    if (typeof name !== 'function') return this.#sentAs;
    try {
      const chosen: unknown = name(answer);
      if (typeof chosen === 'string') return this.#user.sink.nameOf(this.#plan.method, chosen);
    } catch {
      // A failed answer often lacks what the name is made from: the path has to do.
    }
    return this.#sentAs;
  }

  #finish(): void {
    this.#isOver = true;
    this.#user.running.delete(this);
  }
}

function ignore(): void {
  // Nobody listens, and nobody has to.
}
