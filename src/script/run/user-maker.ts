import type { Clock } from '../../base/clock.ts';
import { SeededRandom } from '../../base/random.ts';
import type { SendFence } from '../../base/send-fence.ts';
import type { HttpEngine } from '../../http/exchange/engine.ts';
import { HttpSession } from '../../http/http-session.ts';
import type { HttpOptions } from '../../http/user/http-options.ts';
import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import { events } from '../events/events.ts';
import { ObservedSink } from '../events/request-event.ts';
import { environment } from '../host/environment.ts';
import type { UserClassModel } from '../model/script-model.ts';
import { httpOptionsOf } from '../user/http-user.ts';
import type { User } from '../user/user.ts';
import { UserRun, type UserServices } from './user-run.ts';

/** What users report to. */
export interface UserReporting {
  /** Where their requests are counted. */
  readonly sink: ExchangeSink;
  /**
   * The script threw something that is no control signal.
   *
   * @param where - Class and member, as in `Shopper.front`.
   * @returns The stack in the user's own files, for listeners of `events.userError`.
   */
  exceptionOf(thrown: unknown, where: string): string;
  /** The script asks for the end of the whole run. */
  stopTest(reason: string): void;
}

/** What a run says about HTTP, beside what its classes say. */
export interface RunHttpOptions {
  /** Options that hold where the class says nothing else. */
  readonly defaults: HttpOptions;
  /** Options that win over what a class says. */
  readonly options: HttpOptions;
}

/** What all users of a process share. */
export interface UserMakerParts {
  readonly clock: Clock;
  /** No iteration begins while it is shut; absent for users without a fence. */
  readonly fence?: SendFence;
  readonly engine: HttpEngine;
  /** The run's seed, from which all users draw. */
  readonly seed: number;
  /** Base URL of the run; empty where each class has its own. */
  readonly host: string;
  readonly http: RunHttpOptions;
}

/** Says which user it is. */
export interface UserNumber {
  /** Number of the user, 0-based, unique in the run. */
  readonly index: number;
  /** How often a user of this number was made before. */
  readonly incarnation: number;
  /** Iterations after which the user stops itself, at least 1; absent for no such limit. */
  readonly maxIterations?: number;
}

/** Makes users: each with its random stream and, for an `HttpUser`, a client of its own. */
export class UserMaker {
  /** Where the users' requests are counted, and told to listeners of `events.request`. */
  readonly sink: ObservedSink;
  readonly #parts: UserMakerParts;
  readonly #reporting: UserReporting;
  /** One object for all users of a class: a process may have tens of thousands of users. */
  readonly #services = new Map<UserClassModel, UserServices>();

  constructor(parts: UserMakerParts, reporting: UserReporting) {
    this.#parts = parts;
    this.#reporting = reporting;
    this.sink = new ObservedSink(reporting.sink, events.request);
  }

  /** Makes a user that does not run yet. */
  make(model: UserClassModel, { index, incarnation, maxIterations }: UserNumber): UserRun {
    return new UserRun(model, this.#servicesFor(model), {
      index,
      random: new SeededRandom(this.#parts.seed, index, incarnation),
      ...(maxIterations === undefined ? {} : { maxIterations }),
    });
  }

  /** Counts what a user threw, and tells listeners of `events.userError`. */
  report(thrown: unknown, where: string, user?: User): void {
    const tb = this.#reporting.exceptionOf(thrown, where);
    events.userError.fire({ userInstance: user, exception: thrown, tb });
  }

  #servicesFor(model: UserClassModel): UserServices {
    let services = this.#services.get(model);
    if (services === undefined) {
      services = this.#createServices(model);
      this.#services.set(model, services);
    }
    return services;
  }

  #createServices(model: UserClassModel): UserServices {
    const { clock, fence, engine, http, host } = this.#parts;
    const { sink } = this;
    const baseUrl = host === '' ? (model.host ?? '') : host;
    const options = httpOptionsFor(model, http);
    return {
      clock,
      ...(fence === undefined ? {} : { fence }),
      host: baseUrl,
      environment,
      createSession: () => new HttpSession({ sink, engine, clock, baseUrl, options }),
      reportException: (thrown, where, user) => this.report(thrown, where, user),
      requestTestStop: (reason) => this.#reporting.stopTest(reason),
    };
  }
}

const optionsOfClasses = new WeakMap<UserClassModel, HttpOptions>();

/** How users of a class talk HTTP in a run: the same object for all of them, each time it is asked for. */
export function httpOptionsFor(model: UserClassModel, http: RunHttpOptions): HttpOptions {
  const known = optionsOfClasses.get(model);
  if (known !== undefined) return known;
  const options = { ...http.defaults, ...httpOptionsOf(model.UserClass), ...http.options };
  optionsOfClasses.set(model, options);
  return options;
}
