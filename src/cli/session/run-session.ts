import { mkdirSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { nanoid } from 'nanoid';
import { systemClock } from '../../base/clock.ts';
import { KatydidError, messageOf } from '../../base/errors.ts';
import { VERSION } from '../../base/version.ts';
import { buildPlan } from '../../load/plan.ts';
import { ControlServer } from '../../master/control-server.ts';
import { type Hub, openHub } from '../../master/door/hub.ts';
import type { RunObserver } from '../../master/record/run-observer.ts';
import type { RunOutcome } from '../../master/record/run-outcome.ts';
import { RunMaster } from '../../master/run-master.ts';
import type { RunKeyChange } from '../../protocol/files/run-key.ts';
import type { Json, RunConfig } from '../../protocol/messages/master-messages.ts';
import { figuresJson } from '../../report/summary-json.ts';
import { bootId } from '../../store/file/run-owner.ts';
import type { RunInfo } from '../../store/record/run-record.ts';
import { openRunWriter, type RunWriter } from '../../store/write/run-writer.ts';
import { environmentOptions } from '../loadfile/environment-options.ts';
import { EventLines } from '../outputs/event-lines.ts';
import { LogLines } from '../outputs/log-lines.ts';
import { ProgressLines } from '../outputs/progress-lines.ts';
import { Log } from '../process/log.ts';
import { onStopSignals } from '../process/signals.ts';
import type { Terminal } from '../process/terminal.ts';
import { LocalWorkers } from './local-workers.ts';
import { type ListeningPlace, urlFromOutside, urlHere } from './master-url.ts';
import { defaultRunFile } from './run-file-path.ts';
import { createIdentity, identityOf, type RunIdentity } from './run-identity.ts';
import { RunKeyFile } from './run-key-file.ts';
import { type SessionSpec, sessionKey } from './session-spec.ts';

/** A run that has ended, and where it is kept. */
export interface SessionEnd {
  readonly outcome: RunOutcome;
  /** The run file; everything else is made from it. */
  readonly runFile: string;
}

/** Seconds for which workers may try to rejoin unless they say otherwise. */
const REJOIN_TIMEOUT_SECONDS = 600;
const ORPHAN_TIMEOUT_SECONDS = 30;

/**
 * Runs a load test: opens the run file and the port, starts local workers, follows the run to its
 * end, and closes everything again.
 *
 * @throws {KatydidError} Where it cannot begin: port taken, run file not writable.
 */
export async function runSession(spec: SessionSpec, terminal: Terminal): Promise<SessionEnd> {
  const session = new Session(spec, terminal);
  return session.run();
}

class Session {
  readonly #spec: SessionSpec;
  readonly #identity: RunIdentity;
  readonly #terminal: Terminal;
  readonly #log: Log;
  /** Where another process could carry the run on. */
  #keyFile: RunKeyFile | undefined;
  /** From then on workers may be taken over. */
  readonly #begun: PromiseWithResolvers<RunMaster> = Promise.withResolvers();
  #master: RunMaster | undefined;

  constructor(spec: SessionSpec, terminal: Terminal) {
    this.#spec = spec;
    this.#terminal = terminal;
    this.#log = new Log(spec.options, terminal, () => systemClock.epochMs());
    this.#identity =
      spec.crashed === undefined
        ? createIdentity(spec.options, (text) => this.#log.write('warn', text))
        : identityOf(spec.crashed.key);
  }

  async run(): Promise<SessionEnd> {
    const { options, ui } = this.#spec;
    // Before anything is opened: a plan that cannot be made is the user's mistake.
    buildPlan({
      users: options.users,
      spawnRate: options.spawnRate,
      classes: this.#spec.script.classes,
      workers: ['w1'],
    });
    const opening = this.#openWriter();
    // It is awaited below, unless something else fails first.
    opening.catch(() => undefined);
    let hub: Hub | undefined;
    let locals: LocalWorkers | undefined;
    let isOver = this.#spec.crashed === undefined;
    try {
      // A run that is carried on may have a master that lives: nothing is done before that is known.
      if (!isOver) await opening;
      const control = new ControlServer((command) => this.#running().carryOut(command));
      this.#keyFile = this.#createKeyFile();
      hub = await this.#openHub(control);
      this.#keyFile?.add({ port: hub.port });
      // Before all else: processes take longer to start than anything that is done meanwhile.
      locals = this.#startLocals(hub);
      const writer = await opening;
      this.#master = this.#createMaster(writer, hub, control);
      const ended = this.#master.run();
      const stopListening = this.#listen();
      // Whatever the script waits for there, a Ctrl-C ends it.
      await Promise.race([this.#connectScript(this.#master), ended]);
      this.#begun.resolve(this.#master);
      this.#announce(hub);
      isOver = false;
      const outcome = await ended;
      isOver = true;
      stopListening();
      await locals?.close();
      control.close();
      ui?.release();
      return { outcome, runFile: writer.path };
    } finally {
      locals?.kill();
      this.#master?.close();
      await hub?.close();
      const writer = await opening.catch(() => undefined);
      if (writer !== undefined) await closeQuietly(writer);
      // One that did not begin needs no successor; one that broke off does.
      if (isOver) this.#keyFile?.remove();
    }
  }

  #running(): RunMaster {
    if (this.#master === undefined) throw new KatydidError('KAT_USAGE', 'the run has not begun');
    return this.#master;
  }

  async #openWriter(): Promise<RunWriter> {
    const { options, crashed } = this.#spec;
    const path = this.#runFile();
    if (options.outFile === undefined) mkdirSync(dirname(path), { recursive: true });
    const writer = await openRunWriter(path, crashed === undefined ? this.#runInfo() : undefined);
    if (options.csvPrefix !== undefined) {
      await writer.attachHistoryCsv(options.csvPrefix, options.csvFullHistory);
    }
    return writer;
  }

  /** Its absolute path. */
  #runFile(): string {
    const { options, crashed } = this.#spec;
    const { createdAtEpochMs, runId } = this.#identity;
    return crashed?.runFile ?? resolve(options.outFile ?? defaultRunFile(createdAtEpochMs, runId));
  }

  /** Local workers end with their master, so that there would be nobody to carry the run on with. */
  #createKeyFile(): RunKeyFile | undefined {
    if (this.#spec.localWorkers > 0) return undefined;
    return new RunKeyFile(this.#runFile(), sessionKey(this.#spec, this.#identity));
  }

  /** Without a key that is up to date nobody could carry the run on as it is. */
  #updateKey(change: RunKeyChange): void {
    try {
      this.#keyFile?.add(change);
    } catch (error) {
      this.#keyFile?.remove();
      this.#keyFile = undefined;
      this.#running().log('warn', `this run cannot be resumed: ${messageOf(error)}`);
    }
  }

  #onStart(startUs: number): void {
    const leadMs = (startUs - systemClock.nowUs()) / 1000;
    const epochMs = systemClock.epochMs() + leadMs;
    this.#updateKey({ start: { monotonicUs: startUs, bootId: bootId() ?? null, epochMs } });
  }

  #runInfo(): RunInfo {
    const { runId, createdAtEpochMs, seed } = this.#identity;
    const { script, options, expectedWorkers, commandLine } = this.#spec;
    return {
      id: runId,
      katydidVersion: VERSION,
      nodeVersion: process.version,
      createdAtEpochMs,
      startedAtEpochMs: null,
      host: script.host,
      loadfile: script.name,
      scriptSha256: script.sha256,
      users: options.users,
      spawnRate: options.spawnRate,
      workers: expectedWorkers,
      seed,
      labels: options.labels,
      runTimeSeconds: options.runTimeSeconds ?? null,
      commandLine,
      exitCodeOnError: options.exitCodeOnError,
      strict: options.strict,
    };
  }

  async #openHub(control: ControlServer): Promise<Hub> {
    const { options, anyPort } = this.#spec;
    const open = (port: number): Promise<Hub> =>
      openHub({
        bind: options.bind,
        port,
        token: this.#identity.token,
        certificate: this.#identity.certificate,
        clock: systemClock,
        onWorker: (transport) =>
          void this.#begun.promise.then((run) => run.acceptWorker(transport)),
        onControl: (transport) => control.accept(transport),
        isHealthy: () => this.#master?.isHealthy ?? false,
        onRefused: (peer, why) => void this.#begun.promise.then((run) => run.refused(peer, why)),
      });
    try {
      return await open(options.port);
    } catch (error) {
      const isTaken = error instanceof KatydidError && error.code === 'KAT_PORT';
      if (!isTaken || !anyPort) throw error;
      const hub = await open(0);
      this.#log.write('info', `port ${options.port} is in use, listening on ${hub.port}`);
      return hub;
    }
  }

  #createMaster(writer: RunWriter, hub: Hub, control: ControlServer): RunMaster {
    const { script, options, expectedWorkers, maxWaitSeconds, crashed } = this.#spec;
    const shape = script.master.shape();
    const runTimeMs =
      options.runTimeSeconds === undefined || shape?.isTimed === false
        ? undefined
        : options.runTimeSeconds * 1000;
    return new RunMaster({
      clock: systemClock,
      masterId: nanoid(12),
      store: writer,
      config: this.#runConfig(),
      script,
      classes: script.classes,
      users: options.users,
      spawnRate: options.spawnRate,
      iterations: options.iterations,
      facts: {
        runId: this.#identity.runId,
        script: script.name,
        host: script.host,
        version: VERSION,
        limitMs: runTimeMs ?? null,
        joinCommand: this.#joinCommand(hub),
        workersExpected: expectedWorkers,
      },
      expectedWorkers,
      maxWaitMs: maxWaitSeconds === undefined ? undefined : maxWaitSeconds * 1000,
      runTimeMs,
      lateAfterMs: options.lateAfterSeconds * 1000,
      lostAfterMs: options.lostAfterSeconds * 1000,
      workerWaitMs: options.workerWaitSeconds * 1000,
      rebalance: options.rebalance,
      resetStats: options.resetStats,
      ...(crashed === undefined ? {} : { resumed: crashed.resumed }),
      hooks: script.master,
      ...(shape === undefined ? {} : { shape }),
      observers: this.#observers(control),
    });
  }

  /** What is made of the run while it goes on, for other processes and for people. */
  #observers(control: ControlServer): RunObserver[] {
    const { options, ui } = this.#spec;
    const clock = systemClock;
    const successor: RunObserver = {
      setUp: (data) => this.#updateKey({ setup: { data } }),
      starting: (startUs) => this.#onStart(startUs),
    };
    const observers = [successor, control];
    // On a screen the log has a place of its own; a log file gets it all the same.
    if (ui === undefined || options.logFile !== undefined) observers.push(new LogLines(this.#log));
    if (ui !== undefined) return observers;
    if (this.#log.shows('info')) observers.push(new EventLines(this.#terminal, clock));
    const everySeconds = options.onlySummary ? 0 : options.progressSeconds;
    if (everySeconds > 0) observers.push(new ProgressLines(this.#terminal, clock, everySeconds));
    return observers;
  }

  #runConfig(): Omit<RunConfig, 'workerIndex'> {
    const { script, options, expectedWorkers } = this.#spec;
    return {
      runId: this.#identity.runId,
      host: options.host ?? '',
      seed: this.#identity.seed,
      classes: script.classes.map((each) => each.name),
      stopTimeoutMs: options.stopTimeoutSeconds * 1000,
      orphanTimeoutMs: (options.orphanTimeoutSeconds ?? ORPHAN_TIMEOUT_SECONDS) * 1000,
      rejoinTimeoutMs: (options.rejoinTimeoutSeconds ?? REJOIN_TIMEOUT_SECONDS) * 1000,
      lostAfterMs: options.lostAfterSeconds * 1000,
      tags: options.tags,
      excludeTags: options.excludeTags,
      env: options.scriptEnv,
      settings: options.settings,
      options: script.master.withOptions(environmentOptions(options, this.#identity.seed)),
      http: this.#identity.http,
      logLevel: options.logLevel,
      workerCount: expectedWorkers,
    };
  }

  /** Lets the load file steer the run from this process. */
  async #connectScript(run: RunMaster): Promise<void> {
    const { script, expectedWorkers } = this.#spec;
    const scripted = {
      stop: (reason: string) => {
        run.log('info', `the script ends the run: ${reason}`);
        run.stop('script');
      },
      sendMessage: (name: string, data: Json, to: string | undefined) =>
        run.desk.sendMessage(name, data, to),
      exception: (message: string, traceback: string) => run.desk.exception(message, traceback),
      warn: (text: string) => run.desk.lines.add('warn', text, null),
      totals: () => {
        const { figures, unknown, seconds } = run.desk.totals();
        return figuresJson({ ...figures, unknown }, seconds);
      },
    };
    await script.master.connect(scripted, systemClock, expectedWorkers);
    const shape = script.master.shape();
    if (shape === undefined) return;
    const ignored = shape.isTimed
      ? '--users and --spawn-rate'
      : '--users, --spawn-rate and --run-time';
    run.log(
      'info',
      `the load shape ${shape.name} decides how many users there are, not ${ignored}`,
    );
  }

  /** How to start a worker; `<token>` stands for the token where it is in no file. */
  #joinCommand(hub: Hub): string {
    const { tokenFile } = this.#spec.options;
    const how = tokenFile === undefined ? '--token <token>' : `--token-file ${tokenFile}`;
    return `katydid worker ${urlFromOutside(this.#place(hub))} ${how}`;
  }

  #announce(hub: Hub): void {
    const { options, localWorkers, ui, script } = this.#spec;
    this.#running().log(
      'info',
      `katydid ${VERSION}, run ${this.#identity.runId}, seed ${this.#identity.seed}`,
    );
    this.#running().log('info', `listening on ${options.bind}:${hub.port} for workers`);
    ui?.listening(urlHere(this.#place(hub)), this.#identity.token);
    if (localWorkers === 0) this.#running().log('info', `script SHA-256 ${script.sha256}`);
    if (localWorkers > 0 || ui !== undefined) return;
    // The one place where the token is shown: whoever starts workers needs it. Never in the log.
    const command = this.#joinCommand(hub).replace('<token>', this.#identity.token);
    this.#terminal.err(`Start a worker on this or another machine:\n  ${command}\n`);
  }

  #place({ port }: Hub): ListeningPlace {
    return { bind: this.#spec.options.bind, port, tls: this.#identity.certificate !== undefined };
  }

  #startLocals(hub: Hub): LocalWorkers | undefined {
    const { options, localWorkers } = this.#spec;
    if (localWorkers === 0) return undefined;
    const orphanSeconds = options.orphanTimeoutSeconds ?? ORPHAN_TIMEOUT_SECONDS;
    return new LocalWorkers({
      clock: systemClock,
      count: localWorkers,
      url: urlHere(this.#place(hub)),
      token: this.#identity.token,
      logLevel: 'warn',
      timeouts: {
        joinSeconds: options.joinTimeoutSeconds ?? 60,
        orphanSeconds,
        // A local worker without its master has nobody to come back to.
        rejoinSeconds: orphanSeconds,
      },
      onLine: (text) =>
        void this.#begun.promise.then((run) => run.desk.lines.add('info', text, null)),
      onExit: (pid, why) => void this.#begun.promise.then((run) => run.processGone(pid, why)),
    });
  }

  #listen(): () => void {
    const { ui } = this.#spec;
    const handler = {
      onFirst: () => this.#running().stop('signal'),
      onFurther: () => this.#running().force(),
    };
    ui?.onGone(() => {
      this.#running().log('warn', 'the terminal is gone: stopping');
      this.#running().stop('signal');
    });
    return onStopSignals(handler);
  }
}

/** Closing must not hide how the run ended. */
async function closeQuietly(writer: RunWriter): Promise<void> {
  try {
    await writer.close();
  } catch (error) {
    process.stderr.write(
      `katydid: the run file was not closed in good order: ${messageOf(error)}\n`,
    );
  }
}
