import type { Clock } from '../../base/clock.ts';
import { messageOf, ScriptError } from '../../base/errors.ts';
import { inSnakeCase } from '../../base/foreign-names.ts';
import { isError, textOf } from '../../base/thrown.ts';
import { usToMs } from '../../base/units.ts';
import { failureName, shortText } from '../../http/exchange/failure-name.ts';
import type { ExchangeName, ExchangeSink } from '../../measure/exchange-sink.ts';
import type { RequestOutcome } from '../../measure/request-outcome.ts';
import { EventHook } from '../host/event-hook.ts';
import { onEnterProcess, processServices } from '../host/script-process.ts';
import { markCounted } from './counted-errors.ts';
import type { RequestEvent } from './request-event.ts';
import { runningUser } from './running-user.ts';
import { thrownMeaningOf } from './thrown-meaning.ts';

/** A request over a script's own protocol, once it is over: what `events.request.fire` takes. */
export interface FiredRequest {
  /** Shown where HTTP has the method, e.g. `'TCP'`. */
  readonly requestType: string;
  /** What it is counted under. */
  readonly name: string;
  /** Milliseconds, 0 or more. */
  readonly responseTime: number;
  /** Bytes. @default 0 */
  readonly responseLength?: number | undefined;
  /** For listeners only. */
  readonly response?: unknown;
  /** Why it failed: an error or a text. @default undefined: it succeeded */
  readonly exception?: unknown;
  /** For listeners only. */
  readonly context?: unknown;
  /** When it began: milliseconds since 1970. @default `responseTime` ago */
  readonly startTime?: number | undefined;
  /** For listeners only. @default '' */
  readonly url?: string | undefined;
}

/** What the function that `events.request.measure` times may say about its request. */
export interface MeasuredRequest {
  /** Bytes. */
  responseLength: number;
  /** For listeners. */
  response: unknown;
  /** For listeners. */
  context: unknown;
  /** For listeners. */
  url: string;
}

/** Integer microseconds; see `RequestOutcome`. */
type MeasuredTimes = Pick<RequestOutcome, 'responseUs' | 'serviceUs' | 'lagUs'>;

/** A request that `measure` is timing. */
interface Running {
  readonly sink: ExchangeSink;
  readonly name: ExchangeName;
  isOver: boolean;
}

/** `events.request`: told of every request, and the way to record those that are no HTTP. */
export class RequestHook extends EventHook<RequestEvent> {
  readonly #running = new Set<Running>();
  #hasWarned = false;

  /** Called by katydid alone: there is one, `events.request`. */
  constructor() {
    super('events.request');
    onEnterProcess(() => {
      this.#hasWarned = false;
      this.#running.clear();
    });
  }

  /**
   * Records a request that is over. It counts as one exchange, in the second in which it is told.
   * Listeners hear of it as of any other. On the master nothing is recorded.
   *
   * @throws {ScriptError} Where a field is missing or no such value.
   */
  override fire(request: FiredRequest): void {
    checkFired(request);
    const sink = this.#sink();
    const clock = processServices().clock;
    if (sink === undefined || clock === undefined) return;
    const { exception } = request;
    const name = sink.nameOf(request.requestType, request.name);
    // What was fired is the iteration's first request: one behind it must not count from the due time.
    runningUser()?.dueTime.clear();
    sink.sent(name);
    const responseUs = Math.round(request.responseTime * 1000);
    const times = { responseUs, serviceUs: responseUs, lagUs: 0 };
    record(sink, name, clock, times, request.responseLength ?? 0, exception);
    this.#tell(request, clock);
  }

  /**
   * Times `fn` and records it as a request; the first one of a paced iteration counts from when that was
   * due, as HTTP requests do. Failed where it throws, and what it threw goes on to the
   * task, where it is no exception once more. Cut at the end of a stop it counts as abandoned. What
   * steers a user (`StopUser` and the like) is no failure.
   *
   * @param requestType - Shown where HTTP has the method.
   * @param fn - Gets an object on which it may set `responseLength`.
   * @returns What `fn` returned.
   * @throws {ScriptError} Where a name is empty or `fn` no function; else whatever `fn` throws.
   */
  async measure<Result>(
    requestType: string,
    name: string,
    fn: (request: MeasuredRequest) => Result | Promise<Result>,
  ): Promise<Result> {
    checkNames(requestType, name);
    if (typeof fn !== 'function') {
      throw new ScriptError(`events.request.measure: expected a function, found ${typeof fn}`);
    }
    const about: MeasuredRequest = {
      responseLength: 0,
      response: undefined,
      context: undefined,
      url: '',
    };
    const sink = this.#sink();
    const clock = processServices().clock;
    if (sink === undefined || clock === undefined) return fn(about);
    const running: Running = { sink, name: sink.nameOf(requestType, name), isOver: false };
    this.#running.add(running);
    const askedUs = clock.nowUs();
    const due = runningUser()?.dueTime;
    const lagUs = Math.round(due?.takeLateUs() ?? 0);
    const dueUs = due?.takeDueUs() ?? -1;
    const fromUs = dueUs < 0 ? askedUs : Math.min(dueUs, askedUs);
    const startTime = clock.epochMs() - usToMs(askedUs - fromUs);
    sink.sent(running.name);
    const end = (exception?: unknown): void => {
      const nowUs = clock.nowUs();
      const responseUs = Math.round(nowUs - fromUs);
      const responseTime = usToMs(responseUs);
      const request = { ...about, requestType, name, responseTime, startTime, exception };
      const serviceUs = Math.round(nowUs - askedUs);
      this.#end(running, clock, request, { responseUs, serviceUs, lagUs });
    };
    try {
      const result = await fn(about);
      end();
      return result;
    } catch (thrown) {
      const verdict = thrownMeaningOf(thrown);
      if (verdict === 'cut') {
        this.#abandon(running, clock.nowUs());
        throw thrown;
      }
      if (verdict !== 'exception' && verdict !== 'counted') {
        end();
        throw thrown;
      }
      end(thrown ?? new Error(`threw ${messageOf(thrown)}`));
      throw markCounted(thrown, `${requestType} ${name}`);
    }
  }

  /** Tells the listeners of a request that is recorded. */
  notify(event: RequestEvent): void {
    super.fire(event);
  }

  /**
   * Ends all that `measure` still times, since the users that they belong to are gone.
   *
   * @param nowUs - Microseconds of `Clock.nowUs`.
   */
  abandonRunning(nowUs: number): void {
    for (const running of this.#running) this.#abandon(running, nowUs);
  }

  #end(running: Running, clock: Clock, request: FiredRequest, times: MeasuredTimes): void {
    // Abandoned already: its user was cut.
    if (running.isOver) return;
    running.isOver = true;
    this.#running.delete(running);
    const { responseLength, exception } = request;
    const bytes = Number.isFinite(responseLength) ? Number(responseLength) : 0;
    record(running.sink, running.name, clock, times, Math.max(bytes, 0), exception);
    this.#tell(request, clock);
  }

  #abandon(running: Running, nowUs: number): void {
    if (running.isOver) return;
    running.isOver = true;
    this.#running.delete(running);
    running.sink.abandoned(running.name, 0, Math.round(nowUs));
  }

  #tell(request: FiredRequest, clock: Clock): void {
    if (!this.isHeard) return;
    const { requestType, name, responseTime, response, context } = request;
    this.notify({
      requestType,
      name,
      responseTime,
      responseLength: request.responseLength ?? 0,
      response,
      exception: errorOf(request.exception),
      context,
      startTime: request.startTime ?? clock.epochMs() - responseTime,
      url: request.url ?? '',
    });
  }

  #sink(): ExchangeSink | undefined {
    const sink = processServices().sink();
    if (sink === undefined && !this.#hasWarned) {
      this.#hasWarned = true;
      processServices().warn('events.request: requests are recorded on workers only, not here');
    }
    return sink;
  }
}

function record(
  sink: ExchangeSink,
  name: ExchangeName,
  clock: Clock,
  times: MeasuredTimes,
  bytes: number,
  exception: unknown,
): void {
  const ok = exception === undefined || exception === null;
  sink.finished(name, name, {
    ok,
    status: 0,
    error: ok ? undefined : failureText(exception),
    sent: true,
    ...times,
    ttfbUs: -1,
    bytesReceived: Math.round(bytes),
    contentBytes: Math.round(bytes),
    finishedAtUs: Math.round(clock.nowUs()),
  });
}

function errorOf(exception: unknown): Error | undefined {
  if (exception === undefined || exception === null) return undefined;
  if (isError(exception)) return exception;
  return new Error(messageOf(exception));
}

/** A short stable name: the code of a system error, else the first line of the message. */
function failureText(exception: unknown): string {
  const hasCode = textOf(exception, 'code') !== '' && textOf(exception, 'syscall') !== '';
  return hasCode ? failureName(exception) : shortText(messageOf(exception)) || 'failed';
}

const FIRED_FIELDS: readonly (keyof FiredRequest)[] = [
  'requestType',
  'responseTime',
  'responseLength',
  'startTime',
];

function checkFired(request: unknown): void {
  if (typeof request !== 'object' || request === null) {
    throw new ScriptError('events.request.fire: expected { requestType, name, responseTime, … }');
  }
  for (const key of Object.keys(request)) {
    const meant = FIRED_FIELDS.find((field) => inSnakeCase(field) === key);
    if (meant === undefined || meant === key) continue;
    throw new ScriptError(`events.request.fire: ${key} is ${meant} in katydid`);
  }
  checkNames(Reflect.get(request, 'requestType'), Reflect.get(request, 'name'));
  for (const key of ['responseTime', 'responseLength']) {
    const value: unknown = Reflect.get(request, key);
    if (value === undefined && key === 'responseLength') continue;
    if (typeof value === 'number' && value >= 0 && Number.isFinite(value)) continue;
    throw new ScriptError(
      `events.request.fire: ${key} is a number of 0 or more, found ${String(value)}`,
    );
  }
}

function checkNames(requestType: unknown, name: unknown): void {
  for (const [key, value] of Object.entries({ requestType, name })) {
    if (typeof value === 'string' && value !== '') continue;
    throw new ScriptError(`events.request: ${key} is a text, found ${String(value) || "''"}`);
  }
}
