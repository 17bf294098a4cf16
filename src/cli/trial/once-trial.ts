import { systemClock, type TimerHandle } from '../../base/clock.ts';
import { messageOf, ScriptError } from '../../base/errors.ts';
import { CombinedEngine } from '../../http/combined-engine.ts';
import type { HttpEngine } from '../../http/exchange/engine.ts';
import { rawEngine } from '../../http/raw/raw-engine.ts';
import { TracingEngine } from '../../http/tracing-engine.ts';
import { undiciEngine } from '../../http/undici/undici-engine.ts';
import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import { receiveMessage } from '../../script/host/messages.ts';
import { processFacts, updateProcess } from '../../script/host/script-process.ts';
import type { ScriptModel, UserClassModel } from '../../script/model/script-model.ts';
import { onceThrough } from '../../script/run/once-plan.ts';
import { type RunHttpOptions, UserMaker, type UserReporting } from '../../script/run/user-maker.ts';
import type { UserRun } from '../../script/run/user-run.ts';
import { traceOf } from '../../script/trace/trace.ts';
import { Recorder } from '../../stats/recorder/recorder.ts';
import { MasterScript } from '../loadfile/master-script.ts';
import type { ScriptedRun } from '../loadfile/scripted-run.ts';
import type { RunOptions } from '../options/table/option-values.ts';
import { onStopSignals, type StopSignals } from '../process/signals.ts';
import type { Terminal } from '../process/terminal.ts';
import { type HttpChoice, httpChoiceOf } from '../session/http-choice.ts';
import { OnceNarrator } from './once-narrator.ts';
import type { OnceRecord } from './once-record.ts';
import { OnceSink } from './once-sink.ts';
import { exchangeText } from './once-trace.ts';
import { TrialLines } from './trial-lines.ts';

/** Tries a script out in this process, which is master and worker in one. */
export class OnceTrial implements UserReporting, ScriptedRun, StopSignals {
  readonly #model: ScriptModel;
  readonly #options: RunOptions;
  readonly #lines: TrialLines;
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
    this.#lines = new TrialLines(terminal);
    this.#script = new MasterScript(model);
    this.#seed = options.seed ?? this.#startedAtEpochMs % 2 ** 32;
    const lines = this.#lines;
    this.#http = new OnceSink(this.#recorder, { lines, showsEach: false });
    this.#other = new OnceSink(this.#recorder, { lines, showsEach: true });
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
    const stopListening = onStopSignals(this);
    try {
      await this.#script.connect(this, systemClock, 1, { seed: this.#seed });
      await this.#script.begin();
      updateProcess({ role: 'worker', workerIndex: 0 });
      for (const [index, each] of this.#model.classes.entries()) {
        if (this.#isStopping) break;
        await this.#runUser(each, index, passes);
      }
      this.#endUs = systemClock.nowUs();
      this.#script.stopping();
      updateProcess({ role: 'master', workerIndex: -1 });
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

  // What the script does with the run.

  scriptSink(): ExchangeSink | undefined {
    return isWorkerNow() ? this.#other : undefined;
  }

  stop(reason: string): void {
    this.#stop('script', reason);
  }

  /** A trial is the only process of its run: what it sends comes back to it. */
  sendMessage(name: string, data: Json): void {
    queueMicrotask(() => receiveMessage(name, data, isWorkerNow() ? 'w1' : 'master'));
  }

  exception(message: string, traceback: string): void {
    this.#count(message, traceback);
  }

  warn(text: string): void {
    this.#lines.print(`  warning: ${text}`);
  }

  totals(): never {
    throw new ScriptError('environment.stats.total: a trial has no figures');
  }

  // What a person at the terminal does with the run.

  onFirst(): void {
    this.#stop('signal', 'interrupted');
  }

  onFurther(): void {
    this.#isCutShort = true;
    this.#user?.cut();
  }

  async #runUser(model: UserClassModel, index: number, passes: number): Promise<void> {
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
    const narrator = new OnceNarrator(model, this.#lines, users);
    this.#user = users.make(onceThrough(model, narrator, passes), { index, incarnation: 0 });
    narrator.userStarts();
    await this.#user.run();
    this.#user = undefined;
  }

  #stop(why: 'signal' | 'script', reason: string): void {
    if (this.#isStopping) return;
    this.#isStopping = true;
    this.#stopReason = why;
    this.#lines.print(`stopping: ${reason}`);
    this.#user?.stop();
    this.#cutTimer = systemClock.setTimer(this.#options.stopTimeoutSeconds * 1000, () =>
      this.#user?.cut(),
    );
  }

  #count(message: string, traceback: string, where?: string): void {
    this.#exceptions += 1;
    this.#recorder.exception(message, traceback);
    this.#lines.print(
      `  exception${where === undefined ? '' : ` in ${where}`}: ${traceback || message}`,
    );
  }
}

/** Whether users run: the trial is the run's worker then, and its master before and after. */
function isWorkerNow(): boolean {
  return processFacts().role === 'worker';
}

function engineOf({ engine }: HttpChoice): HttpEngine {
  if (engine === 'raw') return rawEngine(systemClock);
  const complete = undiciEngine(systemClock);
  return engine === 'undici' ? complete : new CombinedEngine(rawEngine(systemClock), complete);
}
