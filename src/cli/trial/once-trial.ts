import { systemClock, type TimerHandle } from '../../base/clock.ts';
import { messageOf, ScriptError } from '../../base/errors.ts';
import { inLog } from '../../base/outside-text.ts';
import { CombinedEngine } from '../../http/combined-engine.ts';
import type { HttpEngine } from '../../http/exchange/engine.ts';
import { rawEngine } from '../../http/raw/raw-engine.ts';
import { TracingEngine } from '../../http/tracing-engine.ts';
import { undiciEngine } from '../../http/undici/undici-engine.ts';
import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import { receiveMessage } from '../../script/host/messages.ts';
import { processFacts, updateProcess } from '../../script/host/script-process.ts';
import type { ScriptModel, UserClassModel } from '../../script/model/script-model.ts';
import { onceThrough } from '../../script/run/once-plan.ts';
import { type RunHttpOptions, UserMaker, type UserReporting } from '../../script/run/user-maker.ts';
import type { UserRun } from '../../script/run/user-run.ts';
import { traceOf } from '../../script/trace/trace.ts';
import { User } from '../../script/user/user.ts';
import { Recorder } from '../../stats/recorder/recorder.ts';
import { MasterScript } from '../loadfile/master-script.ts';
import type { RunOptions } from '../options/table/option-values.ts';
import { onStopSignals } from '../process/signals.ts';
import type { Terminal } from '../process/terminal.ts';
import { type HttpChoice, httpChoiceOf } from '../session/http-choice.ts';
import type { OnceRecord } from './once-record.ts';
import { OnceSink } from './once-sink.ts';
import { exchangeText } from './once-trace.ts';

/** Tries a script out in this process, which is master and worker in one. */
export class OnceTrial implements UserReporting {
  readonly #model: ScriptModel;
  readonly #options: RunOptions;
  readonly #terminal: Terminal;
  readonly #script: MasterScript;
  readonly #recorder = new Recorder();
  readonly #http: OnceSink;
  /** Requests that the script measures by `events.request`: no engine shows them. */
  readonly #other: OnceSink;
  readonly #httpChoice: HttpChoice;
  readonly #engine: TracingEngine;
  readonly #seed: number;
  readonly #startedAtEpochMs = systemClock.epochMs();
  #startUs = 0;
  #endUs = 0;
  #exceptions = 0;
  #isStopping = false;
  #isCutShort = false;
  #stopReason: 'users-done' | 'signal' | 'script' = 'users-done';
  #user: UserRun | undefined;
  #cutTimer: TimerHandle | undefined;

  /** @param model - The load file, which this process has just loaded. */
  constructor(model: ScriptModel, options: RunOptions, terminal: Terminal) {
    this.#model = model;
    this.#options = options;
    this.#terminal = terminal;
    this.#script = new MasterScript(model);
    this.#seed = options.seed ?? this.#startedAtEpochMs % 2 ** 32;
    const print = (line: string): void => this.#print(line);
    this.#http = new OnceSink(this.#recorder, { print, showsEach: false });
    this.#other = new OnceSink(this.#recorder, { print, showsEach: true });
    this.#httpChoice = httpChoiceOf(options, process.env);
    this.#engine = new TracingEngine(engineOf(this.#httpChoice), (exchange) =>
      terminal.err(exchangeText(exchange, options.trace)),
    );
  }

  /** What has been done so far. */
  get figures(): {
    readonly requests: number;
    readonly failed: number;
    readonly exceptions: number;
  } {
    return {
      requests: this.#http.requests + this.#other.requests,
      failed: this.#http.failed + this.#other.failed,
      exceptions: this.#exceptions,
    };
  }

  /** What a run file is made from, once it is over. */
  get record(): Pick<
    OnceRecord,
    'seed' | 'recorder' | 'startedAtEpochMs' | 'startUs' | 'endUs' | 'stopReason'
  > {
    return {
      seed: this.#seed,
      recorder: this.#recorder,
      startedAtEpochMs: this.#startedAtEpochMs,
      startUs: this.#startUs,
      endUs: this.#endUs,
      stopReason: this.#stopReason,
    };
  }

  /** Why it ended. */
  get stopReason(): 'users-done' | 'signal' | 'script' {
    return this.#stopReason;
  }

  /** Whether a second signal cut it short. */
  get isCutShort(): boolean {
    return this.#isCutShort;
  }

  /** The exit status that the script asks for; `undefined` where it leaves it to the results. */
  get exitCode(): number | undefined {
    return this.#script.exitCode;
  }

  /**
   * Runs `setup`, a user of each class to its end, and `teardown`.
   *
   * @param passes - How often each user runs through its tasks.
   * @throws {KatydidError} Where `setup` fails.
   */
  async run(passes: number): Promise<void> {
    this.#startUs = systemClock.nowUs();
    this.#recorder.begin(this.#startUs, this.#startUs);
    const stopListening = onStopSignals({
      onFirst: () => this.#stop('signal', 'interrupted'),
      onFurther: () => this.#cut(),
    });
    try {
      await this.#connect();
      await this.#script.begin();
      updateProcess({ role: 'worker', workerIndex: 0 }, { sink: () => this.#other });
      for (const [index, each] of this.#model.classes.entries()) {
        if (this.#isStopping) break;
        await this.#runUser(each, index, passes);
      }
      this.#endUs = systemClock.nowUs();
      this.#script.stopping();
      updateProcess({ role: 'master', workerIndex: -1 }, { sink: () => undefined });
      await this.#script.end(true);
    } finally {
      stopListening();
      systemClock.clearTimer(this.#cutTimer);
      this.#engine.rest();
    }
  }

  /** The process is about to end. */
  quit(exitCode: number): void {
    this.#script.quit(exitCode);
  }

  /** Counts what the script threw where nobody could catch it. @returns Whether it can be the script's. */
  stray(thrown: unknown): boolean {
    return this.#script.stray(thrown);
  }

  // What the users report to.

  get sink(): ExchangeSink {
    return this.#http;
  }

  exceptionOf(thrown: unknown, where: string): string {
    const traceback = traceOf(thrown) || where;
    this.#count(messageOf(thrown), traceback, where);
    return traceback;
  }

  stopTest(reason: string): void {
    this.#stop('script', reason);
  }

  async #connect(): Promise<void> {
    await this.#script.connect(
      {
        stop: (reason) => this.#stop('script', reason),
        // A trial is the only process of its run: what it sends comes back to it.
        sendMessage: (name, data) => queueMicrotask(() => receiveMessage(name, data, sender())),
        exception: (message, traceback) => this.#count(message, traceback),
        warn: (text) => this.#print(`  warning: ${text}`),
        totals: () => {
          throw new ScriptError('environment.stats.total: a trial has no figures');
        },
      },
      systemClock,
      1,
      { seed: this.#seed },
    );
  }

  async #runUser(model: UserClassModel, index: number, passes: number): Promise<void> {
    const { name, UserClass } = model;
    const users = new UserMaker(
      {
        clock: systemClock,
        engine: this.#engine,
        seed: this.#seed,
        host: this.#options.host ?? '',
        // They were read as options of these names; the session checks each value again.
        http: this.#httpChoice as RunHttpOptions,
      },
      this,
    );
    const once = onceThrough(
      model,
      {
        taskBegins: (task) => this.#print(`${name}.${task}`),
        taskThrew: (thrown, task) => users.report(thrown, `${name}.${task}`),
        tasksEnd: () => {
          if (UserClass.prototype.onStop !== User.prototype.onStop) this.#print(`${name}.onStop`);
        },
      },
      passes,
    );
    this.#user = users.make(once, { index, incarnation: 0 });
    if (UserClass.prototype.onStart !== User.prototype.onStart) this.#print(`${name}.onStart`);
    await this.#user.run();
    this.#user = undefined;
  }

  #stop(why: 'signal' | 'script', reason: string): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#stopReason = why;
    this.#print(`stopping: ${reason}`);
    this.#user?.stop();
    this.#cutTimer = systemClock.setTimer(this.#options.stopTimeoutSeconds * 1000, () =>
      this.#user?.cut(),
    );
  }

  #cut(): void {
    this.#isCutShort = true;
    this.#user?.cut();
  }

  #count(message: string, traceback: string, where?: string): void {
    this.#exceptions += 1;
    this.#recorder.exception(message, traceback);
    this.#print(`  exception${where === undefined ? '' : ` in ${where}`}: ${traceback || message}`);
  }

  #print(line: string): void {
    this.#terminal.err(`${inLog(line)}\n`);
  }
}

/** The sender of a message, as its listener sees it. */
function sender(): string {
  return processFacts().role === 'worker' ? 'w1' : 'master';
}

function engineOf({ engine }: HttpChoice): HttpEngine {
  if (engine === 'raw') return rawEngine(systemClock);
  const complete = undiciEngine(systemClock);
  return engine === 'undici' ? complete : new CombinedEngine(rawEngine(systemClock), complete);
}
