import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { SeededRandom } from '../../base/random.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { fieldOf, isError } from '../../base/thrown.ts';
import { SocketBudget } from '../../http/connection/socket-budget.ts';
import type { HttpEngine } from '../../http/exchange/engine.ts';
import { HttpSession } from '../../http/http-session.ts';
import { openEngine } from '../../http/open-engine.ts';
import type { HttpOptions } from '../../http/user/http-options.ts';
import type { Json, RunConfig, StartOrder } from '../../protocol/messages/master-messages.ts';
import { decodeBundle } from '../../script/bundle/script-bundle.ts';
import { events } from '../../script/events/events.ts';
import { ObservedSink } from '../../script/events/request-event.ts';
import { verdictOf } from '../../script/events/thrown-verdict.ts';
import { giveOptions } from '../../script/host/define-options.ts';
import { environment } from '../../script/host/environment.ts';
import { plainJson, receiveMessage } from '../../script/host/messages.ts';
import { enterProcess, shareSetupData } from '../../script/host/script-process.ts';
import { waitForScript } from '../../script/host/wait-for-script.ts';
import { loadScript } from '../../script/load/load-script.ts';
import { applyTags } from '../../script/model/apply-tags.ts';
import { selectClasses, type UserClassModel } from '../../script/model/script-model.ts';
import { unpausedIterations } from '../../script/run/loop-turn.ts';
import { UserRun, type UserServices } from '../../script/run/user-run.ts';
import { captureConsole } from '../../script/trace/console-capture.ts';
import { traceOf } from '../../script/trace/trace.ts';
import { httpOptionsOf } from '../../script/user/http-user.ts';
import type { LogLevel } from '../../stats/snapshot/run-snapshot.ts';
import { maxSocketsOf, type ProcessLimits, resourceWarnings } from './resource-needs.ts';
import type {
  LoadedScript,
  RunningUser,
  ScriptHost,
  ScriptLink,
  UserReports,
} from './script-host.ts';

/** Longest report of a script to the master, as JSON. */
const MAX_REPORT_BYTES = 64 * 1024;
/** More tasks than this in a second, and most of them without a request, wait for nothing at all. */
const SPINNING_ITERATIONS = 20_000;
const SPINNING_ITERATIONS_A_REQUEST = 20;

/** What real scripts need of the worker process. */
export interface UserScriptsOptions {
  readonly clock: Clock;
  /** Says whether users may send, and begin iterations. */
  readonly fence: SendFence;
  readonly setEnv: (name: string, value: string) => void;
  /** What the process may use of its machine. */
  readonly limits: () => ProcessLimits;
  /** Whether a master on this machine has started this worker, one of several. */
  readonly isLocal: boolean;
  /** Where `console.*` of the script goes. */
  readonly log: (level: LogLevel, text: string) => void;
}

/** Loads the load file that the master sent, and makes its users. */
export class UserScripts implements ScriptHost {
  readonly #options: UserScriptsOptions;
  #report: ((thrown: unknown, where: string) => void) | undefined;
  #isQuitting = false;
  /** Listeners of `quitting` hear of it once. */
  #told: Promise<void> | undefined;

  constructor(options: UserScriptsOptions) {
    this.#options = options;
  }

  async load(script: Uint8Array, config: RunConfig, link: ScriptLink): Promise<LoadedScript> {
    const { clock } = this.#options;
    for (const [name, value] of Object.entries(config.env)) this.#options.setEnv(name, value);
    captureConsole(this.#options.log);
    const counted = reporterFor(link);
    const report = (thrown: unknown, where: string): void => {
      // The last interval is on its way, and nothing takes another.
      if (this.#isQuitting) this.#options.log('error', traceOf(thrown, where));
      else counted(thrown, where);
    };
    this.#report = report;
    const { workerIndex, workerCount, host } = config;
    enterProcess(
      { role: 'worker', workerIndex, workerCount, host, options: config.options },
      {
        clock,
        sink: () => link.sink,
        reportException: report,
        quit: (reason) => link.stopTest(reason),
        send: (name, data) => link.send(name, data),
        warn: (text) => link.log('warn', text),
      },
    );
    giveOptions(config.options);
    const loaded = await loadScript(decodeBundle(script), { settings: config.settings });
    const selected = selectClasses(loaded, config.classes);
    const { classes } = applyTags(selected, config.tags, config.excludeTags);
    // Orders name classes by their place in the master's list.
    const byName = new Map(classes.map((model) => [model.name, model]));
    const models = config.classes.map((name) => byName.get(name));
    await events.init.fireAwaited({ environment, runner: environment.runner });
    const options = classes.map((model) => optionsFor(model, config));
    const engine = await openEngine(
      config.http?.engine ?? 'auto',
      clock,
      options,
      new SocketBudget(this.#warnOfNeeds(config, link, options)),
      this.#options.fence,
    );
    return new UserFactory(this.#options, config, models, link, engine, this.#quitting);
  }

  /** Says before the run what will not be enough. @returns Sockets that users may have. */
  #warnOfNeeds(
    config: RunConfig,
    link: ScriptLink,
    options: readonly HttpOptions[],
  ): number | undefined {
    const { openFiles, usedFiles, ports, memoryBytes } = this.#options.limits();
    const { workerIndex, workerCount } = config;
    const all = Number(config.options['users'] ?? 0);
    const users = Math.ceil(all / Math.max(1, workerCount));
    const { isLocal } = this.#options;
    const maxSockets = maxSocketsOf(openFiles, usedFiles);
    const warnings = resourceWarnings({
      users,
      // Local workers share the machine: one of them speaks for all.
      usersOfMachine: !isLocal ? users : workerIndex === 0 ? all : 0,
      localAddresses: Math.max(1, ...options.map((each) => addressesOf(each))),
      maxSockets,
      ports,
      memoryBytes: isLocal ? memoryBytes / Math.max(1, workerCount) : memoryBytes,
    });
    for (const text of warnings) link.log('warn', text);
    return maxSockets;
  }

  /**
   * Counts what the script threw where nobody could catch it: a promise that nobody awaited, a timer.
   *
   * @returns Whether it can be the script's: else it is a mistake in katydid.
   */
  stray(thrown: unknown): boolean {
    const isOwn = isError(thrown) && fieldOf(thrown, 'code') === 'KAT_INTERNAL';
    if (this.#report === undefined || isOwn) return false;
    this.#report(thrown, 'nobody awaited this');
    return true;
  }

  readonly #quitting = (): Promise<void> => {
    this.#told ??= events.quitting.fireAwaited({ environment });
    return this.#told;
  };

  /** The process is about to end, with this status. */
  async quit(exitCode: number): Promise<void> {
    if (this.#report === undefined) return;
    this.#isQuitting = true;
    const warn = (text: string): void => this.#options.log('warn', text);
    try {
      await waitForScript('events.quitting', this.#quitting, { clock: systemClock, warn });
    } catch (thrown) {
      warn(messageOf(thrown));
    }
    events.quit.fire({ exitCode });
  }
}

/** Counts what parts of the script other than users threw. */
function reporterFor(link: ScriptLink): (thrown: unknown, where: string) => void {
  return (thrown, where) => {
    const verdict = verdictOf(thrown);
    if (verdict === 'stop-test') link.stopTest(messageOf(thrown));
    // Whatever was cut is a consequence of the cut.
    else if (verdict !== 'cut') link.exception(messageOf(thrown), traceOf(thrown, where));
  };
}

const optionsOfClasses = new WeakMap<UserClassModel, HttpOptions>();

/** How users of a class talk HTTP: the same object for all of them. */
function optionsFor(model: UserClassModel, config: RunConfig): HttpOptions {
  const known = optionsOfClasses.get(model);
  if (known !== undefined) return known;
  // Of the master, which has read them as options of these names; `HttpSession` looks at each again.
  const defaults = (config.http?.defaults ?? {}) as HttpOptions;
  const ofRun = (config.http?.options ?? {}) as HttpOptions;
  const options = { ...defaults, ...httpOptionsOf(model.UserClass), ...ofRun };
  optionsOfClasses.set(model, options);
  return options;
}

function addressesOf({ localAddress }: HttpOptions): number {
  return Array.isArray(localAddress) ? localAddress.length : 1;
}

class UserFactory implements LoadedScript {
  readonly #clock: Clock;
  readonly #fence: SendFence;
  readonly #config: RunConfig;
  readonly #models: readonly (UserClassModel | undefined)[];
  readonly #engine: HttpEngine;
  readonly #quitting: () => Promise<void>;
  readonly #link: ScriptLink;
  /** Whose the services are. */
  #reports: UserReports | undefined;
  readonly #services = new Map<UserClassModel, UserServices>();
  #sinkOf: { readonly of: UserReports['sink']; readonly observed: ObservedSink } | undefined;
  #seenIterations = 0;
  #seenRequests = 0;
  #hasWarned = false;

  constructor(
    { clock, fence }: Pick<UserScriptsOptions, 'clock' | 'fence'>,
    config: RunConfig,
    models: readonly (UserClassModel | undefined)[],
    link: ScriptLink,
    engine: HttpEngine,
    quitting: () => Promise<void>,
  ) {
    this.#clock = clock;
    this.#fence = fence;
    this.#config = config;
    this.#models = models;
    this.#link = link;
    this.#engine = engine;
    this.#quitting = quitting;
  }

  createUser(order: StartOrder, reports: UserReports): RunningUser | undefined {
    const model = this.#models[order.classIndex];
    if (model === undefined) return undefined;
    const { user: index, incarnation, iterations } = order;
    return new UserRun(model, this.#servicesFor(model, reports), {
      index,
      random: new SeededRandom(this.#config.seed, index, incarnation),
      ...(iterations === undefined ? {} : { maxIterations: iterations }),
    });
  }

  /** One for all users of a class in a lease. */
  #servicesFor(model: UserClassModel, reports: UserReports): UserServices {
    if (this.#reports !== reports) {
      this.#reports = reports;
      this.#services.clear();
    }
    let services = this.#services.get(model);
    if (services === undefined) {
      services = this.#createServices(model, reports);
      this.#services.set(model, services);
    }
    return services;
  }

  #createServices(model: UserClassModel, reports: UserReports): UserServices {
    const { host } = this.#config;
    const clock = this.#clock;
    const engine = this.#engine;
    const baseUrl = host === '' ? (model.host ?? '') : host;
    const sink = this.#observed(reports.sink);
    const options = optionsFor(model, this.#config);
    return {
      clock,
      fence: this.#fence,
      host: baseUrl,
      environment,
      createSession: () => new HttpSession({ sink, engine, clock, baseUrl, options }),
      reportException: (thrown, where, user) => {
        const tb = traceOf(thrown, where);
        reports.exception(messageOf(thrown), tb);
        events.userError.fire({ userInstance: user, exception: thrown, tb });
      },
      requestTestStop: (reason) => reports.stopTest(reason),
    };
  }

  async prepare(data: Json): Promise<void> {
    shareSetupData(data ?? undefined);
    const warn = (text: string): void => this.#link.log('warn', text);
    const clock = this.#clock;
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
    this.#warnOfSpinning();
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
    events.request.abandonRunning(this.#clock.nowUs());
  }

  testStop(isLast: boolean): Promise<void> | undefined {
    const { testStop, quitting } = events;
    if (!testStop.isHeard && !(isLast && quitting.isHeard)) return undefined;
    const told = testStop.fireAwaited({ environment });
    return isLast ? told.then(this.#quitting) : told;
  }

  /** One for all users of a lease. */
  #observed(sink: UserReports['sink']): ObservedSink {
    if (this.#sinkOf?.of !== sink) {
      this.#sinkOf = { of: sink, observed: new ObservedSink(sink, events.request) };
      this.#seenRequests = 0;
    }
    return this.#sinkOf.observed;
  }

  /** Tasks that end without having waited for anything keep a core busy and send nothing. */
  #warnOfSpinning(): void {
    const iterations = unpausedIterations();
    const requests = this.#sinkOf?.observed.finishedCount ?? 0;
    const newIterations = iterations - this.#seenIterations;
    const newRequests = requests - this.#seenRequests;
    this.#seenIterations = iterations;
    this.#seenRequests = requests;
    const isSpinning =
      newIterations > SPINNING_ITERATIONS &&
      newIterations > newRequests * SPINNING_ITERATIONS_A_REQUEST;
    if (!isSpinning || this.#hasWarned) return;
    this.#hasWarned = true;
    this.#link.log(
      'warn',
      `${newIterations.toLocaleString('en-US')} tasks ended within a second without waiting for anything: ` +
        'give the class a waitTime, or await what the task does',
    );
  }
}
