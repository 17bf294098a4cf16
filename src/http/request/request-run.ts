/**
 * One request of a script, from asking to recording. Hot: one object and one promise a request, and
 * an exchange for each hop; nothing else is made unless the request needs it.
 *
 *   asked -> (body) -> exchange -> redirect -> exchange … -> check -> recorded
 *                 \ failed                  \ failed               (cut: anywhere)
 */
import { messageOf } from '../../base/errors.ts';
import { usToMs } from '../../base/units.ts';
import { withoutCredentials } from '../../base/url-credentials.ts';
import type { ExchangeName } from '../../measure/exchange-sink.ts';
import { basicAuthorization } from '../exchange/basic-authorization.ts';
import {
  type AnswerTap,
  deadlineAfter,
  Exchange,
  type ExchangeLimits,
  type ExchangeListener,
  RequestHead,
  type WireBody,
} from '../exchange/exchange.ts';
import { shortText } from '../exchange/failure-name.ts';
import { RequestBodyError, UserCut } from '../exchange/http-errors.ts';
import type { HttpResponse } from '../exchange/http-response.ts';
import type { RequestOptions } from '../user/http-options.ts';
import type { RunningRequest, UserHttp } from '../user/user-http.ts';
import { Answer, type AskedRequest } from './answer.ts';
import type { AnswerStream } from './answer-stream.ts';
import { checkResult } from './check-result.ts';
import { decodeContent } from './content-decoding.ts';
import { outcome } from './outcome-scratch.ts';
import type { Redirect } from './redirect.ts';
import { RedirectChain, redirectIn } from './redirect-chain.ts';
import { NO_BODY, type PreparedBody, prepareBody } from './request-body.ts';
import { DEFAULT_LINES, type SessionLines } from './request-headers.ts';
import type { RequestTarget } from './request-target.ts';
import { withQuery } from './url-fields.ts';

const NO_HISTORY: readonly HttpResponse[] = [];

/** What the requests of one session share. */
export interface RequestSession {
  /** Sent with every request. */
  readonly headers: Record<string, string>;
  readonly lines: SessionLines;
  readonly user: UserHttp;
}

/** The functions that settle the latest promise. The constructor that made it takes them at once. */
let latestResolve: (response: HttpResponse) => void = ignore;
let latestReject: (error: UserCut) => void = ignore;

/** One function for all promises, where a closure for each would do nothing else. */
function takeSettlers(
  resolve: (response: HttpResponse) => void,
  reject: (error: UserCut) => void,
): void {
  latestResolve = resolve;
  latestReject = reject;
}

/** A request under way; `promise` is what the script awaits. */
export class RequestRun implements ExchangeListener, RunningRequest, AskedRequest, AnswerTap {
  /** The answer, failed or not; rejects with `UserCut` alone. */
  readonly promise: Promise<HttpResponse>;
  readonly method: string;
  /** When the script asked; after a redirect, when that was followed. */
  askedUs: number;
  /** Why no whole answer came; `undefined` where one did, whatever was made of it. */
  brokenBy: string | undefined = undefined;
  before: RunningRequest | undefined = undefined;
  after: RunningRequest | undefined = undefined;
  caller: Error | undefined = undefined;
  readonly #session: RequestSession;
  readonly #target: RequestTarget | undefined;
  readonly #givenUrl: string;
  readonly #options: RequestOptions;
  readonly #sentAs: ExchangeName;
  readonly #limits: ExchangeLimits;
  readonly #deadlineUs: number;
  readonly #fromUs: number;
  readonly #lateUs: number;
  readonly #resolve: (response: HttpResponse) => void;
  readonly #reject: (error: UserCut) => void;
  #isOver = false;
  #exchange: Exchange | undefined = undefined;
  /** When the engine acted on the first exchange: service time and lag count from there; -1 before. */
  #actedUs = -1;
  #lagUs = 0;
  /** The `cookie` header that the jar gave to the first exchange. */
  #jarCookie = '';
  #hops: RedirectChain | undefined = undefined;
  /** Gets the answer while it arrives; `undefined` where the script wants it whole. */
  readonly #stream: AnswerStream | undefined;

  /**
   * @param method - In capitals.
   * @param target - What `givenUrl` resolved to; `undefined` where it is no URL.
   * @param sentAs - What it is counted under, unless the answer decides.
   * @param stream - Gets the answer while it arrives. @default none
   */
  constructor(
    session: RequestSession,
    method: string,
    target: RequestTarget | undefined,
    givenUrl: string,
    sentAs: ExchangeName,
    options: RequestOptions,
    stream?: AnswerStream,
  ) {
    const { user } = session;
    const askedUs = user.clock.nowUs();
    this.#session = session;
    this.method = method;
    this.askedUs = askedUs;
    this.#target = target;
    this.#givenUrl = givenUrl;
    this.#options = options;
    this.#sentAs = sentAs;
    this.#stream = stream;
    const { timeout } = options;
    this.#limits =
      timeout === undefined
        ? user.settings.limits
        : { timeoutSeconds: timeout, maxBodyBytes: user.settings.limits.maxBodyBytes };
    this.#deadlineUs = deadlineAfter(askedUs, this.#limits.timeoutSeconds);
    const dueUs = user.dueTime.takeDueUs();
    this.#fromUs = dueUs < 0 ? askedUs : Math.min(dueUs, askedUs);
    this.#lateUs = Math.round(user.dueTime.takeLateUs());
    this.promise = new Promise(takeSettlers);
    this.#resolve = latestResolve;
    this.#reject = latestReject;
  }

  /** The URL that was asked for. Where a redirect led is in its exchange. */
  get url(): string {
    return this.#target?.url ?? withoutCredentials(this.#givenUrl);
  }

  get history(): readonly HttpResponse[] {
    return this.#hops?.history ?? NO_HISTORY;
  }

  get context(): unknown {
    return this.#options.context;
  }

  /** Begins; call once. */
  start(): void {
    this.#session.user.enter(this);
    const target = this.#target;
    const options = this.#options;
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

  /** The script wants no more of a body that it streams: the request ends now, and counts by its status. */
  cancelBody(): void {
    if (!this.#isOver) this.#exchange?.abort('cancelled');
  }

  /** A body that streams may be read for as long as the script likes. */
  get isBackground(): boolean {
    return this.#stream !== undefined || this.#options.background === true;
  }

  iterationEnded(): void {
    this.#stream?.giveUpUnread();
  }

  cut(): void {
    if (this.#isOver) return;
    this.#finish();
    const exchange = this.#exchange;
    exchange?.abort('cut');
    this.#stream?.breakOff(new UserCut());
    if (exchange?.isSent) {
      this.#session.user.sink.abandoned(
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
    this.#session.user.sink.sent(this.#sentAs);
  }

  exchangeEnded(exchange: Exchange): void {
    if (this.#isOver) return;
    if (this.#actedUs < 0 && exchange.actedUs >= 0) this.#stampActed(exchange);
    if (this.#stream?.isOpen === true) {
      this.#endStream(exchange, this.#stream);
      return;
    }
    if (exchange.failure !== undefined) {
      this.#conclude(exchange, exchange.failure);
      return;
    }
    if (exchange.headers.hasCookies) this.#storeCookies(exchange);
    const redirect = this.#redirectIn(exchange);
    // A text is the name of the failure.
    if (redirect === undefined || typeof redirect === 'string') this.#conclude(exchange, redirect);
    else this.#follow(exchange, redirect);
  }

  /** The head of an answer is there, for a script that streams. False where it leads to another. */
  headArrived(exchange: Exchange): boolean {
    const stream = this.#stream;
    if (stream === undefined || this.#redirectIn(exchange) !== undefined) return false;
    if (exchange.headers.hasCookies) this.#storeCookies(exchange);
    stream.open(new Answer(exchange, this, undefined), this.#limits.maxBodyBytes, this);
    return true;
  }

  bodyArrived(bytes: Uint8Array): void {
    this.#stream?.receive(bytes);
  }

  /** The streamed answer is over: whole, cancelled by the script, or broken off. */
  #endStream(exchange: Exchange, stream: AnswerStream): void {
    const answer = new Answer(exchange, this, undefined);
    const record = (failure: string | undefined): void => {
      this.brokenBy = failure;
      this.#record(answer, exchange, failure ?? answer.error, stream.contentBytes);
    };
    if (stream.isCancelled) record(undefined);
    else if (exchange.failure === undefined) stream.finish(record);
    else {
      record(exchange.failure);
      stream.breakOff(new TypeError('terminated', { cause: answer.toError() }));
    }
  }

  #redirectIn(exchange: Exchange): ReturnType<typeof redirectIn> {
    const isRedirect = exchange.status >= 300 && exchange.status < 400;
    return isRedirect && this.#options.redirect !== 'manual' ? redirectIn(exchange) : undefined;
  }

  #sendLater(target: RequestTarget, prepared: Promise<PreparedBody>): void {
    prepared.then(
      (body) => {
        if (!this.#isOver) this.#send(target, body);
      },
      (error: unknown) => this.#refuse(error),
    );
  }

  #storeCookies(exchange: Exchange): void {
    const { origin, path } = exchange.request;
    this.#session.user.cookies.store(origin, path, exchange.headers.getAll('set-cookie'));
  }

  #send(target: RequestTarget, prepared: PreparedBody): void {
    let head: RequestHead;
    try {
      head = this.#firstHead(target, prepared.contentType);
    } catch (error) {
      this.#refuse(error);
      return;
    }
    const exchange = this.#exchangeFor(head, prepared.body);
    // Making a body may take its time; without one, no more has passed than reading the clock again would take.
    if (prepared === NO_BODY) exchange.availableUs = this.askedUs;
    this.#session.user.connections.start(exchange);
  }

  #firstHead(target: RequestTarget, contentType: string | undefined): RequestHead {
    const { params, auth, headers } = this.#options;
    const session = this.#session;
    const path = params === undefined ? target.path : withQuery(target.path, params);
    const cookie = session.user.cookieHeaderFor(target.origin, path);
    this.#jarCookie = cookie;
    const authorization = auth === undefined ? target.authorization : basicAuthorization(...auth);
    const lines = session.lines.linesFor(session.headers, headers, {
      contentType,
      authorization,
      cookie,
    });
    // A request without parts of its own shares its head with all that ask for the same.
    return lines === DEFAULT_LINES && path === target.path
      ? target.plainHead(this.method)
      : session.lines.headFor(this.method, target, path, lines);
  }

  #exchangeFor(head: RequestHead, body: WireBody): Exchange {
    const exchange = new Exchange(head, body, this.#deadlineUs, this.#limits, this);
    this.#exchange = exchange;
    if (this.#stream !== undefined) exchange.tap = this;
    return exchange;
  }

  #stampActed(exchange: Exchange): void {
    this.#actedUs = Math.round(exchange.actedUs);
    // Waiting for one of the user's own connections is the user's doing, not lateness of ours.
    const couldBeSentUs = Math.round(Math.max(this.askedUs, exchange.availableUs));
    this.#lagUs = this.#lateUs + Math.max(this.#actedUs - couldBeSentUs, 0);
  }

  #follow(exchange: Exchange, redirect: Redirect): void {
    const { user } = this.#session;
    this.#hops ??= new RedirectChain(user, this.#limits, this.#jarCookie);
    const hops = this.#hops;
    const problem = hops.problemWith(exchange, redirect);
    if (problem !== undefined) {
      this.#conclude(exchange, problem);
      return;
    }
    user.sink.redirected(this.#sentAs, exchange.bytesReceived, Math.round(exchange.finishedUs));
    const { context, askedUs, url } = this;
    const asked = { method: this.method, url, askedUs, history: NO_HISTORY, context };
    hops.history.push(new Answer(exchange, asked, undefined));
    this.askedUs = exchange.finishedUs;
    const { method, origin, path, keepsBody } = redirect;
    const head = new RequestHead(method, origin, path, hops.linesFor(redirect, exchange));
    user.connections.start(this.#exchangeFor(head, keepsBody ? exchange.requestBody : null));
  }

  /** Ends a request that could not even be begun: nothing was sent. */
  #refuse(error: unknown): void {
    const kind = error instanceof RequestBodyError ? 'body' : 'request';
    this.#fail(`bad ${kind}: ${shortText(messageOf(error))}`);
  }

  #fail(failure: string): void {
    if (!this.#isOver) this.#conclude(undefined, failure);
  }

  #conclude(exchange: Exchange | undefined, failure: string | undefined): void {
    let broken = failure;
    let decoded: Uint8Array | undefined;
    if (failure === undefined && exchange?.headers.hasEncoding === true) {
      const encoding = exchange.headers.get('content-encoding');
      const { body, failure: fault } = decodeContent(
        exchange.body(),
        encoding,
        this.#limits.maxBodyBytes,
      );
      decoded = body;
      broken = fault;
    }
    const answer = new Answer(exchange, this, decoded);
    const { check } = this.#options;
    if (broken !== undefined) {
      this.brokenBy = broken;
      this.#record(answer, exchange, broken);
    } else if (check === undefined) {
      this.#record(answer, exchange, answer.error);
    } else {
      const verdict = checkResult(check, answer);
      if (!(verdict instanceof Promise)) this.#record(answer, exchange, verdict);
      else verdict.then((error) => this.#record(answer, exchange, error));
    }
  }

  #record(
    answer: Answer,
    exchange: Exchange | undefined,
    error: string | undefined,
    contentBytes: number = answer.contentBytes,
  ): void {
    // Cut while the check was at work: abandoned already.
    if (this.#isOver) return;
    this.#finish();
    const { user } = this.#session;
    // Instants are rounded in place of differences, so that the parts of the response time add up exactly.
    const finishedUs = Math.round(exchange?.finishedUs ?? user.clock.nowUs());
    const responseUs = Math.max(finishedUs - Math.round(this.#fromUs), 0);
    answer.settle(error, usToMs(responseUs));
    // Before the outcome is filled in: what a script does there may end other requests.
    const name = this.#finalName(answer);
    outcome.ok = error === undefined;
    outcome.status = answer.status;
    outcome.error = error;
    outcome.sent = exchange?.isSent ?? false;
    outcome.responseUs = responseUs;
    outcome.serviceUs = this.#sinceActed(finishedUs, 0);
    outcome.lagUs = this.#lagUs;
    outcome.ttfbUs = answer.status === 0 ? -1 : this.#sinceActed(exchange?.firstByteUs ?? -1, -1);
    outcome.bytesReceived = exchange?.bytesReceived ?? 0;
    outcome.contentBytes = contentBytes;
    outcome.finishedAtUs = finishedUs;
    user.sink.finished(this.#sentAs, name, outcome, answer);
    this.#resolve(answer);
  }

  #sinceActed(stampUs: number, without: number): number {
    if (this.#actedUs < 0 || stampUs < 0) return without;
    return Math.max(Math.round(stampUs) - this.#actedUs, 0);
  }

  #finalName(answer: HttpResponse): ExchangeName {
    const { name } = this.#options;
    if (typeof name !== 'function') return this.#sentAs;
    try {
      const chosen: unknown = name(answer);
      if (typeof chosen === 'string' && chosen !== '')
        return this.#session.user.sink.nameOf(this.method, chosen);
    } catch {
      // A failed answer often lacks what the name is made from: the path has to do.
    }
    return this.#sentAs;
  }

  #finish(): void {
    this.#isOver = true;
    this.#session.user.leave(this);
  }
}

function ignore(): void {
  // Nobody listens, and nobody has to.
}
