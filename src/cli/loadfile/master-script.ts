import { type Clock, systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { fieldOf, isError } from '../../base/thrown.ts';
import type { MasterHooks, RunShape, ShapeAnswer } from '../../master/users/master-hooks.ts';
import type { RequestTotals } from '../../measure/request-totals.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import { events } from '../../script/events/events.ts';
import { thrownVerdictOf } from '../../script/events/thrown-verdict.ts';
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
import { traceOf } from '../../script/trace/trace.ts';
import { type LoadShapeClass, RunningShape } from '../../script/user/load-shape.ts';

/** Longest result of `setup`, as JSON. */
const MAX_DATA_BYTES = 1024 * 1024;

/** What a load file may do with the run from the master. */
export interface ScriptedRun {
  /** Ends the run gracefully, in the name of the script. */
  stop(reason: string): void;
  /** Sends a message of the script's. @param to - One worker; `undefined` for all. */
  sendMessage(name: string, data: Json, to: string | undefined): void;
  /** Counts an exception of the script on the master. */
  exception(message: string, traceback: string): void;
  warn(text: string): void;
  totals(): RequestTotals;
}

/** The load file as it is loaded on the master: `setup`, `teardown`, listeners, messages, shape. */
export class MasterScript implements MasterHooks {
  readonly #model: ScriptModel;
  #run: ScriptedRun | undefined;
  #clock: Clock = systemClock;
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
    this.#run = run;
    this.#clock = clock;
    updateProcess(
      { workerCount, options: { ...processFacts().options, ...options } },
      {
        clock,
        reportException: (thrown, where) => this.#report(thrown, where),
        quit: (reason) => run.stop(reason),
        send: (name, data, to) => run.sendMessage(name, data, to),
        warn: (text) => run.warn(text),
        totals: () => run.totals(),
      },
    );
    await events.init.fireAwaited({ environment, runner: environment.runner });
  }

  async begin(): Promise<Json> {
    let data: Json = null;
    const { setup } = this.#model.hooks;
    if (setup !== undefined) {
      try {
        data = plainJson(await setup(), 'what setup() returns', MAX_DATA_BYTES);
      } catch (thrown) {
        if (thrownVerdictOf(thrown) !== 'stop-test') throw scriptFailure(thrown, 'setup()');
        this.#run?.stop(messageOf(thrown));
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
    const warn = (text: string): void => this.#run?.warn(text);
    try {
      const abandoned = this.#over.promise;
      await waitForScript(what, part, { clock: this.#clock, warn, abandoned });
    } catch (thrown) {
      this.#report(thrown, what);
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
    if (this.#run === undefined || isOwn) return false;
    this.#report(thrown, 'nobody awaited this');
    return true;
  }

  /** The shape that the load file exports, if any. */
  shape(): RunShape | undefined {
    const { Shape } = this.#model.hooks;
    return Shape === undefined ? undefined : new ScriptShape(Shape);
  }

  #report(thrown: unknown, where: string): void {
    const verdict = thrownVerdictOf(thrown);
    if (verdict === 'stop-test') this.#run?.stop(messageOf(thrown));
    else if (verdict !== 'cut') this.#run?.exception(messageOf(thrown), traceOf(thrown, where));
  }
}

class ScriptShape implements RunShape {
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

  next(runTimeSeconds: number, currentUsers: number): ShapeAnswer | undefined {
    this.#runTimeSeconds = runTimeSeconds;
    this.#currentUsers = currentUsers;
    try {
      // Made only now, when the run begins: its constructor may look at the run.
      this.#running ??= new RunningShape(this.#Shape, {
        runTimeSeconds: () => this.#runTimeSeconds,
        currentUsers: () => this.#currentUsers,
      });
      return this.#running.next();
    } catch (thrown) {
      if (thrownVerdictOf(thrown) === 'stop-test') return undefined;
      throw scriptFailure(thrown, `${this.name}.tick()`);
    }
  }
}
