import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { fieldOf, isError } from '../../base/thrown.ts';
import { SocketBudget } from '../../http/connection/socket-budget.ts';
import { openEngine } from '../../http/open-engine.ts';
import type { HttpOptions } from '../../http/user/http-options.ts';
import type { RunConfig } from '../../protocol/messages/master-messages.ts';
import { decodeBundle } from '../../script/bundle/script-bundle.ts';
import { events } from '../../script/events/events.ts';
import { giveOptions } from '../../script/host/define-options.ts';
import { environment } from '../../script/host/environment.ts';
import { enterProcess } from '../../script/host/script-process.ts';
import { waitForScript } from '../../script/host/wait-for-script.ts';
import { loadScript } from '../../script/load/load-script.ts';
import { applyTags } from '../../script/model/apply-tags.ts';
import { selectClasses } from '../../script/model/script-model.ts';
import { httpOptionsFor, type RunHttpOptions } from '../../script/run/user-maker.ts';
import { captureConsole } from '../../script/trace/console-capture.ts';
import type { LogLevel } from '../../stats/snapshot/run-snapshot.ts';
import { LoadedLoadFile } from './loaded-load-file.ts';
import { maxSocketsOf, type ProcessLimits, resourceWarnings } from './resource-needs.ts';
import type { LoadedScript, ScriptHost, ScriptLink } from './script-host.ts';
import { WorkerServices } from './worker-services.ts';

/** What real scripts need of the worker process. */
export interface UserScriptsOptions {
  readonly clock: Clock;
  /** Says whether users may send, and begin iterations. */
  readonly fence: SendFence;
  setEnv(name: string, value: string): void;
  /** What the process may use of its machine. */
  limits(): ProcessLimits;
  /** Whether a master on this machine has started this worker, as one of several. */
  readonly isLocal: boolean;
  /** Where `console.*` of the script goes. */
  log(level: LogLevel, text: string): void;
}

/** Loads the load file that the master sent, and makes its users. */
export class UserScripts implements ScriptHost {
  readonly #options: UserScriptsOptions;
  /** Absent until a script was loaded. */
  #services: WorkerServices | undefined;
  /** Listeners of `quitting` hear of it once. */
  #told: Promise<void> | undefined;

  constructor(options: UserScriptsOptions) {
    this.#options = options;
  }

  async load(script: Uint8Array, config: RunConfig, link: ScriptLink): Promise<LoadedScript> {
    const { clock } = this.#options;
    for (const [name, value] of Object.entries(config.env)) this.#options.setEnv(name, value);
    captureConsole((level, text) => this.#options.log(level, text));
    this.#services = new WorkerServices(clock, link, this.#options);
    const { workerIndex, workerCount, host, options: values } = config;
    enterProcess(
      { role: 'worker', workerIndex, workerCount, host, options: values },
      this.#services,
    );
    giveOptions(values);
    const loaded = await loadScript(decodeBundle(script), { settings: config.settings });
    const selected = selectClasses(loaded, config.classes);
    const { classes } = applyTags(selected, config.tags, config.excludeTags);
    // Orders name classes by their place in the master's list.
    const byName = new Map(classes.map((model) => [model.name, model]));
    const models = config.classes.map((name) => byName.get(name));
    await events.init.fireAwaited({ environment, runner: environment.runner });
    const http = httpOfRun(config);
    const options = classes.map((model) => httpOptionsFor(model, http));
    const { fence } = this.#options;
    const engine = await openEngine(
      config.http?.engine ?? 'auto',
      clock,
      options,
      new SocketBudget(this.#warnOfNeeds(config, link, options)),
      fence,
    );
    const parts = { clock, fence, engine, seed: config.seed, host, http };
    return new LoadedLoadFile(parts, models, link, this.#quitting);
  }

  /** Warns before the run of what will not be enough. @returns Sockets that users may have. */
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
      // Local workers share the machine: the first one speaks for all.
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
   * @returns Whether the script can have thrown it; if not, it is a mistake in katydid.
   */
  stray(thrown: unknown): boolean {
    const isOwn = isError(thrown) && fieldOf(thrown, 'code') === 'KAT_INTERNAL';
    if (this.#services === undefined || isOwn) return false;
    this.#services.reportException(thrown, 'nobody awaited this');
    return true;
  }

  readonly #quitting = (): Promise<void> => {
    this.#told ??= events.quitting.fireAwaited({ environment });
    return this.#told;
  };

  /** The process is about to end, with this status. */
  async quit(exitCode: number): Promise<void> {
    if (this.#services === undefined) return;
    this.#services.isQuitting = true;
    const warn = (text: string): void => this.#options.log('warn', text);
    try {
      await waitForScript('events.quitting', this.#quitting, { clock: systemClock, warn });
    } catch (thrown) {
      warn(messageOf(thrown));
    }
    events.quit.fire({ exitCode });
  }
}

function httpOfRun({ http }: RunConfig): RunHttpOptions {
  // The master has read these as options of these names; `HttpSession` checks each value again.
  return {
    defaults: (http?.defaults ?? {}) as HttpOptions,
    options: (http?.options ?? {}) as HttpOptions,
  };
}

function addressesOf({ localAddress }: HttpOptions): number {
  return Array.isArray(localAddress) ? localAddress.length : 1;
}
