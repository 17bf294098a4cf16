import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { fieldOf, isError } from '../../base/thrown.ts';
import type { MasterHooks, RunShape, ShapeAnswer } from '../../master/users/master-hooks.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import { events } from '../../script/events/events.ts';
import { thrownMeaningOf } from '../../script/events/thrown-meaning.ts';
import { environment } from '../../script/host/environment.ts';
import { plainJson, receiveMessage } from '../../script/host/messages.ts';
import {
  askedExitCode,
  processFacts,
  setupData,
  shareSetupData,
  updateProcess,
} from '../../script/host/script-process.ts';
import { waitForScript } from '../../script/host/wait-for-script.ts';
import type { ScriptModel } from '../../script/model/script-model.ts';
import { scriptFailure } from '../../script/trace/script-failure.ts';
import {
  type LoadShapeClass,
  RunningShape,
  type ShapeContext,
} from '../../script/user/load-shape.ts';
import { type ScriptedRun, ScriptedServices } from './scripted-run.ts';

/** Longest result of `setup`, as JSON. */
const MAX_DATA_BYTES = 1024 * 1024;

/** The load file as it is loaded on the master: `setup`, `teardown`, listeners, messages, shape. */
export class MasterScript implements MasterHooks {
  readonly #model: ScriptModel;
  /** Absent until the script may steer a run. */
  #services: ScriptedServices | undefined;
  readonly #over: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(model: ScriptModel) {
    this.#model = model;
  }

  /**
   * Says what `environment.options` shows besides the load file's own.
   *
   * @returns All of them, for the workers.
   */
  withOptions(options: Readonly<Record<string, Json>>): Readonly<Record<string, Json>> {
    const all = { ...processFacts().options, ...options };
    updateProcess({ options: all });
    // Plain values all of them, but for those that are not given.
    return plainJson(all, 'environment.options', MAX_DATA_BYTES) as Readonly<Record<string, Json>>;
  }

  /**
   * Lets the script steer `run`, and tells it that everything is loaded.
   *
   * @param options - As of `withOptions`, where that was not called before.
   */
  async connect(
    run: ScriptedRun,
    clock: Clock,
    workerCount: number,
    options: Readonly<Record<string, Json>> = {},
  ): Promise<void> {
    this.#services = new ScriptedServices(run, clock);
    const facts = { workerCount, options: { ...processFacts().options, ...options } };
    updateProcess(facts, this.#services);
    await events.init.fireAwaited({ environment, runner: environment.runner });
  }

  async begin(): Promise<Json> {
    let data: Json = null;
    const { setup } = this.#model.hooks;
    if (setup !== undefined) {
      try {
        data = plainJson(await setup(), 'what setup() returns', MAX_DATA_BYTES);
      } catch (thrown) {
        if (thrownMeaningOf(thrown) !== 'stop-test') throw scriptFailure(thrown, 'setup()');
        this.#services?.quit(messageOf(thrown));
      }
    }
    shareSetupData(data ?? undefined);
    await this.#patiently('events.testStart', () => events.testStart.fireAwaited({ environment }));
    return data;
  }

  resume(data: Json): void {
    shareSetupData(data ?? undefined);
  }

  workerReady(workerId: string): void {
    events.workerConnect.fire({ clientId: workerId });
  }

  spawningComplete(users: number): void {
    events.spawningComplete.fire({ userCount: users });
  }

  message(name: string, data: Json, workerId: string): void {
    receiveMessage(name, data, workerId);
  }

  workerReport(workerId: string, data: Json): void {
    if (!events.workerReport.isHeard) return;
    // Listeners may change it, as they may where it was made.
    const fields = typeof data === 'object' && data !== null ? { ...data } : {};
    events.workerReport.fire({ clientId: workerId, data: fields });
  }

  statsReset(): void {
    events.resetStats.fire({ environment });
  }

  stopping(): void {
    events.testStopping.fire({ environment });
  }

  async end(hasBegun: boolean): Promise<void> {
    if (hasBegun) {
      await this.#patiently('teardown()', () => this.#model.hooks.teardown?.(setupData()));
      await this.#patiently('events.testStop', () => events.testStop.fireAwaited({ environment }));
    }
    await this.#patiently('events.quitting', () => events.quitting.fireAwaited({ environment }));
  }

  /** A part of the script that must not hold up the run for ever: what it throws is in the report. */
  async #patiently(what: string, part: () => unknown): Promise<void> {
    const clock = this.#services?.clock ?? systemClock;
    const warn = (text: string): void => this.#services?.warn(text);
    try {
      await waitForScript(what, part, { clock, warn, abandoned: this.#over.promise });
    } catch (thrown) {
      this.#services?.reportException(thrown, what);
    }
  }

  /** The exit status that the script asks for; `undefined` where it leaves it to the results. */
  get exitCode(): number | undefined {
    return askedExitCode();
  }

  /** The process is about to end. */
  quit(exitCode: number): void {
    this.#over.resolve();
    events.quit.fire({ exitCode });
  }

  /**
   * Counts what the script threw where nobody could catch it.
   *
   * @returns Whether it can be the script's: else it is a mistake in katydid.
   */
  stray(thrown: unknown): boolean {
    const isOwn = isError(thrown) && fieldOf(thrown, 'code') === 'KAT_INTERNAL';
    if (this.#services === undefined || isOwn) return false;
    this.#services.reportException(thrown, 'nobody awaited this');
    return true;
  }

  /** The shape that the load file exports, if any. */
  shape(): RunShape | undefined {
    const { Shape } = this.#model.hooks;
    return Shape === undefined ? undefined : new ScriptShape(Shape);
  }
}

class ScriptShape implements RunShape, ShapeContext {
  readonly name: string;
  readonly isTimed: boolean;
  readonly #Shape: LoadShapeClass;
  #running: RunningShape | undefined;
  #runTimeSeconds = 0;
  #currentUsers = 0;

  constructor(Shape: LoadShapeClass) {
    this.#Shape = Shape;
    this.name = Shape.name;
    this.isTimed = Shape.useCommonOptions === true;
  }

  runTimeSeconds(): number {
    return this.#runTimeSeconds;
  }

  currentUsers(): number {
    return this.#currentUsers;
  }

  next(runTimeSeconds: number, currentUsers: number): ShapeAnswer | undefined {
    this.#runTimeSeconds = runTimeSeconds;
    this.#currentUsers = currentUsers;
    try {
      // Made only now, when the run begins: its constructor may look at the run.
      this.#running ??= new RunningShape(this.#Shape, this);
      return this.#running.next();
    } catch (thrown) {
      if (thrownMeaningOf(thrown) === 'stop-test') return undefined;
      throw scriptFailure(thrown, `${this.name}.tick()`);
    }
  }
}
