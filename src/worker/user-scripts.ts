import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import { SeededRandom } from '../base/random.ts';
import { HttpSession } from '../http/http-session.ts';
import { UndiciEngine } from '../http/undici-engine.ts';
import type { RunConfig, StartOrder } from '../protocol/master-messages.ts';
import { applyTags } from '../script/apply-tags.ts';
import { captureConsole } from '../script/console-capture.ts';
import type { Environment } from '../script/environment.ts';
import { loadScript } from '../script/load-script.ts';
import { decodeBundle } from '../script/script-bundle.ts';
import { selectClasses, type UserClassModel } from '../script/script-model.ts';
import { traceOf } from '../script/trace.ts';
import { UserRun } from '../script/user-run.ts';
import type { LogLevel } from '../stats/run-snapshot.ts';
import type { LoadedScript, RunningUser, ScriptHost, UserReports } from './script-host.ts';

/** What real scripts need of the worker process. */
export interface UserScriptsOptions {
  readonly clock: Clock;
  readonly setEnv: (name: string, value: string) => void;
  /** Where `console.*` of the script goes. */
  readonly log: (level: LogLevel, text: string) => void;
}

/** Loads the load file that the master sent, and makes its users. */
export class UserScripts implements ScriptHost {
  readonly #options: UserScriptsOptions;

  constructor(options: UserScriptsOptions) {
    this.#options = options;
  }

  async load(script: Uint8Array, config: RunConfig): Promise<LoadedScript> {
    for (const [name, value] of Object.entries(config.env)) this.#options.setEnv(name, value);
    captureConsole(this.#options.log);
    const loaded = await loadScript(decodeBundle(script), { settings: config.settings });
    const selected = selectClasses(loaded, config.classes);
    const { classes } = applyTags(selected, config.tags, config.excludeTags);
    // Orders name classes by their place in the master's list.
    const byName = new Map(classes.map((model) => [model.name, model]));
    const models = config.classes.map((name) => byName.get(name));
    return new UserFactory(this.#options.clock, config, models);
  }
}

class UserFactory implements LoadedScript {
  readonly #clock: Clock;
  readonly #config: RunConfig;
  readonly #models: readonly (UserClassModel | undefined)[];
  readonly #engine: UndiciEngine;

  constructor(clock: Clock, config: RunConfig, models: readonly (UserClassModel | undefined)[]) {
    this.#clock = clock;
    this.#config = config;
    this.#models = models;
    this.#engine = new UndiciEngine(clock);
  }

  createUser(order: StartOrder, reports: UserReports): RunningUser | undefined {
    const model = this.#models[order.classIndex];
    if (model === undefined) return undefined;
    const { seed, host } = this.#config;
    const baseUrl = host === '' ? (model.host ?? '') : host;
    return new UserRun(model, {
      index: order.user,
      incarnation: order.incarnation,
      random: new SeededRandom(seed, order.user, order.incarnation),
      clock: this.#clock,
      host: baseUrl,
      environment: this.#environment(reports),
      createSession: (options) =>
        new HttpSession({
          sink: reports.sink,
          engine: this.#engine,
          clock: this.#clock,
          baseUrl,
          options,
        }),
      reportException: (thrown, where) =>
        reports.exception(messageOf(thrown), traceOf(thrown) || where),
      requestTestStop: (reason) => reports.stopTest(reason),
    });
  }

  #environment(reports: UserReports): Environment {
    const { workerIndex, workerCount, host, options } = this.#config;
    return {
      role: 'worker',
      workerIndex,
      workerCount,
      host,
      options,
      runner: { quit: () => reports.stopTest('runner.quit()') },
    };
  }
}
