import { messageOf } from '../../base/errors.ts';
import { withoutCredentials } from '../../base/url-credentials.ts';
import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import type { Json, StartOrder } from '../../protocol/messages/master-messages.ts';
import { events } from '../../script/events/events.ts';
import { environment } from '../../script/host/environment.ts';
import { plainJson, receiveMessage } from '../../script/host/messages.ts';
import { shareSetupData } from '../../script/host/script-process.ts';
import { waitForScript } from '../../script/host/wait-for-script.ts';
import type { UserClassModel } from '../../script/model/script-model.ts';
import { unpausedIterations } from '../../script/run/loop-turn.ts';
import { UserMaker, type UserMakerParts, type UserReporting } from '../../script/run/user-maker.ts';
import { traceOf } from '../../script/trace/trace.ts';
import type { LoadedScript, RunningUser, ScriptLink, UserReports } from './script-host.ts';
import { SpinWatch } from './spin-watch.ts';

/** Longest report of a script to the master, as JSON. */
const MAX_REPORT_BYTES = 64 * 1024;

/** A load file in a worker: makes its users, and tells its listeners what the run does. */
export class LoadedLoadFile implements LoadedScript {
  readonly #parts: UserMakerParts;
  readonly #models: readonly (UserClassModel | undefined)[];
  readonly #link: ScriptLink;
  readonly #quitting: () => Promise<void>;
  readonly #spinWatch = new SpinWatch();
  /** Makes the users of the lease that `#reports` belongs to. */
  #maker: UserMaker | undefined;
  #reports: UserReports | undefined;

  /**
   * @param models - Classes by their place in the master's list; `undefined` for one unknown here.
   * @param quitting - Tells listeners of `events.quitting`, once.
   */
  constructor(
    parts: UserMakerParts,
    models: readonly (UserClassModel | undefined)[],
    link: ScriptLink,
    quitting: () => Promise<void>,
  ) {
    this.#parts = parts;
    this.#models = models;
    this.#link = link;
    this.#quitting = quitting;
  }

  createUser(order: StartOrder, reports: UserReports): RunningUser | undefined {
    const model = this.#models[order.classIndex];
    if (model === undefined) return undefined;
    const { user: index, incarnation, iterations } = order;
    return this.#makerFor(reports).make(model, {
      index,
      incarnation,
      ...(iterations === undefined ? {} : { maxIterations: iterations }),
    });
  }

  async prepare(data: Json): Promise<void> {
    shareSetupData(data ?? undefined);
    const { clock } = this.#parts;
    const warn = (text: string): void => this.#link.log('warn', text);
    const tell = (): Promise<void> => events.testStart.fireAwaited({ environment });
    try {
      await waitForScript('events.testStart', tell, { clock, warn });
    } catch (thrown) {
      this.#link.exception(messageOf(thrown), traceOf(thrown));
    }
  }

  spawningComplete(users: number): void {
    events.spawningComplete.fire({ userCount: users });
  }

  message(name: string, data: Json): void {
    receiveMessage(name, data, 'master');
  }

  report(): Json | undefined {
    const requests = this.#maker?.sink.finishedCount ?? 0;
    const warning = this.#spinWatch.warningOf(unpausedIterations(), requests);
    if (warning !== undefined) this.#link.log('warn', warning);
    const { reportToMaster, workerReport } = events;
    if (!reportToMaster.isHeard && !workerReport.isHeard) return undefined;
    const data: Record<string, unknown> = {};
    reportToMaster.fire({ clientId: this.#link.workerId, data });
    try {
      return plainJson(data, 'events.reportToMaster', MAX_REPORT_BYTES);
    } catch (thrown) {
      this.#link.exception(messageOf(thrown), traceOf(thrown));
      return undefined;
    }
  }

  stopping(): void {
    events.testStopping.fire({ environment });
  }

  usersGone(): void {
    events.request.abandonRunning(this.#parts.clock.nowUs());
  }

  testStop(isLast: boolean): Promise<void> | undefined {
    const { testStop, quitting } = events;
    if (!testStop.isHeard && !(isLast && quitting.isHeard)) return undefined;
    const told = testStop.fireAwaited({ environment });
    return isLast ? told.then(this.#quitting) : told;
  }

  /** The same maker for all users of a lease. */
  #makerFor(reports: UserReports): UserMaker {
    if (this.#maker === undefined || this.#reports !== reports) {
      this.#reports = reports;
      this.#maker = new UserMaker(this.#parts, new LeaseReporting(reports));
      this.#spinWatch.resetRequests();
    }
    return this.#maker;
  }
}

/** Hands what users report to the agent, in the form that it takes. */
class LeaseReporting implements UserReporting {
  readonly #reports: UserReports;

  constructor(reports: UserReports) {
    this.#reports = reports;
  }

  get sink(): ExchangeSink {
    return this.#reports.sink;
  }

  exceptionOf(thrown: unknown, where: string): string {
    const traceback = withoutCredentials(traceOf(thrown, where));
    this.#reports.exception(withoutCredentials(messageOf(thrown)), traceback);
    return traceback;
  }

  stopTest(reason: string): void {
    this.#reports.stopTest(reason);
  }
}
