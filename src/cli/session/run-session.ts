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
import { openRunWriter, type RunWriter } from '../../store/write/run-writer.ts';
import { environmentOptions } from '../loadfile/environment-options.ts';
import { ScriptedMaster } from '../loadfile/scripted-master.ts';
import { loadLine } from '../outputs/load-line.ts';
import { locustVariableLines } from '../outputs/locust-variables.ts';
import { LogLines } from '../outputs/log-lines.ts';
import { Log } from '../process/log.ts';
import { TOKEN_PLACE } from '../process/parent-ui.ts';
import { onStopSignals } from '../process/signals.ts';
import type { Terminal } from '../process/terminal.ts';
import { headlessOutput } from './headless-output.ts';
import { LocalWorkers } from './local-workers.ts';
import { joinCommandOf, type ListeningPlace, urlHere } from './master-url.ts';
import { PendingRun } from './pending-run.ts';
import { localTimeoutsOf, runInfoOf, runSettingsOf, workerConfigOf } from './run-config.ts';
import { defaultRunFile } from './run-file-path.ts';
import { createIdentity, identityOf, type RunIdentity } from './run-identity.ts';
import { type SessionSpec, sessionKey } from './session-spec.ts';
import { SuccessorKey } from './successor-key.ts';

/** A run that has ended, and where it is kept. */
export interface SessionEnd {
  readonly outcome: RunOutcome;
  /** The run file; everything else is made from it. */
  readonly runFile: string;
}

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
  readonly #pending = new PendingRun();
  readonly #control = new ControlServer(this.#pending);
  #key: SuccessorKey | undefined;
  #hub: Hub | undefined;
  #locals: LocalWorkers | undefined;

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
    const isResumed = this.#spec.crashed !== undefined;
    this.#requirePlan();
    const opening = this.#openWriter();
    // A mistake in it is reported where it is awaited, unless something else fails first.
    opening.catch(() => undefined);
    // A run that did not begin needs no successor; one that broke off does.
    let needsSuccessor = isResumed;
    try {
      // The master of a run to be carried on may live: opening the file tells, and nothing is done before.
      if (isResumed) await opening;
      this.#key = this.#createKey();
      const hub = await this.#openHub();
      // Processes take longer to start than anything that is done meanwhile.
      this.#locals = this.#startLocals(hub);
      const writer = await opening;
      const master = this.#createMaster(writer, hub);
      const ended = master.run();
      const stopListening = this.#listen();
      // A signal ends the run also while the load file gets ready.
      await Promise.race([this.#connectScript(master), ended]);
      this.#pending.begun();
      this.#announce(master, hub);
      needsSuccessor = true;
      const outcome = await ended;
      needsSuccessor = false;
      stopListening();
      await this.#closeInOrder();
      return { outcome, runFile: writer.path };
    } finally {
      await this.#closeAtOnce(opening);
      if (!needsSuccessor) this.#key?.remove();
    }
  }

  /** A plan that cannot be made is the user's mistake: it is found before anything is opened. */
  #requirePlan(): void {
    const { script, options } = this.#spec;
    const { users, spawnRate } = options;
    buildPlan({ users, spawnRate, classes: script.classes, workers: ['w1'] });
  }

  async #openWriter(): Promise<RunWriter> {
    const { options, crashed } = this.#spec;
    const path = this.#runFile();
    if (options.outFile === undefined) mkdirSync(dirname(path), { recursive: true });
    const info = crashed === undefined ? runInfoOf(this.#spec, this.#identity) : undefined;
    const writer = await openRunWriter(path, info);
    if (options.csvPrefix !== undefined) {
      await writer.attachHistoryCsv(options.csvPrefix, options.csvFullHistory);
    }
    return writer;
  }

  /** Gives the absolute path of the run file. */
  #runFile(): string {
    const { options, crashed } = this.#spec;
    const { createdAtEpochMs, runId } = this.#identity;
    return crashed?.runFile ?? resolve(options.outFile ?? defaultRunFile(createdAtEpochMs, runId));
  }

  /** Local workers end with their master: a run that has only such could not be carried on. */
  #createKey(): SuccessorKey | undefined {
    if (this.#spec.localWorkers > 0) return undefined;
    const key = sessionKey(this.#spec, this.#identity);
    return new SuccessorKey(this.#runFile(), key, (text) =>
      this.#pending.running.log('warn', text),
    );
  }

  async #openHub(): Promise<Hub> {
    const { options, anyPort } = this.#spec;
    try {
      this.#hub = await this.#openPort(options.port);
    } catch (error) {
      const isTaken = error instanceof KatydidError && error.code === 'KAT_PORT';
      if (!isTaken || !anyPort) throw error;
      this.#hub = await this.#openPort(0);
      this.#log.write('warn', `port ${options.port} is in use, listening on ${this.#hub.port}`);
    }
    this.#key?.listening(this.#hub.port);
    return this.#hub;
  }

  #openPort(port: number): Promise<Hub> {
    const control = this.#control;
    const pending = this.#pending;
    const { token, certificate } = this.#identity;
    return openHub({
      bind: this.#spec.options.bind,
      port,
      token,
      certificate,
      clock: systemClock,
      onWorker: (transport) => pending.worker(transport),
      onControl: (transport) => control.accept(transport),
      isHealthy: () => pending.isHealthy,
      onRefused: (peer, why) => pending.refused(peer, why),
    });
  }

  #startLocals(hub: Hub): LocalWorkers | undefined {
    const { options, localWorkers } = this.#spec;
    if (localWorkers === 0) return undefined;
    const pending = this.#pending;
    return new LocalWorkers({
      clock: systemClock,
      count: localWorkers,
      url: urlHere(this.#place(hub)),
      token: this.#identity.token,
      logLevel: 'warn',
      timeouts: localTimeoutsOf(options),
      onLine: (text) => pending.workerLine(text),
      onExit: (pid, why) => pending.workerExit(pid, why),
    });
  }

  #createMaster(store: RunWriter, hub: Hub): RunMaster {
    const { script, options, crashed } = this.#spec;
    const { runId, seed } = this.#identity;
    const shape = script.master.shape();
    const settings = runSettingsOf(this.#spec, shape?.isTimed === false);
    const scriptOptions = script.master.withOptions(environmentOptions(options, seed));
    const master = new RunMaster({
      ...settings,
      clock: systemClock,
      masterId: nanoid(12),
      store,
      config: workerConfigOf(this.#spec, this.#identity, scriptOptions),
      script,
      classes: script.classes,
      facts: {
        runId,
        script: script.name,
        host: script.host,
        version: VERSION,
        labels: options.labels,
        limitMs: settings.runTimeMs ?? null,
        joinCommand: joinCommandOf(this.#place(hub), options),
        workersExpected: settings.expectedWorkers,
      },
      ...(crashed === undefined ? {} : { resumed: crashed.resumed }),
      hooks: script.master,
      ...(shape === undefined ? {} : { shape }),
      observers: this.#observers(),
    });
    this.#pending.created(master);
    return master;
  }

  /** Gives those that are told of the run while it goes on, the successor's key first. */
  #observers(): readonly RunObserver[] {
    const { options, ui } = this.#spec;
    const observers: RunObserver[] = this.#key === undefined ? [] : [this.#key];
    observers.push(this.#control);
    if (ui === undefined) {
      observers.push(...headlessOutput(options, this.#log, this.#terminal, systemClock));
    } else if (options.logFile !== undefined) {
      // The screen shows the log itself; the file gets it all the same.
      observers.push(new LogLines(this.#log));
    }
    return observers;
  }

  /** Lets the load file steer the run from this process. */
  async #connectScript(run: RunMaster): Promise<void> {
    const { script, expectedWorkers } = this.#spec;
    await script.master.connect(new ScriptedMaster(run), systemClock, expectedWorkers);
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

  /** Says what load comes: for people who gave fewer options than they think. */
  #loadText(): string {
    const { script, crashed } = this.#spec;
    if (crashed !== undefined) return 'carried on';
    const shape = script.master.shape();
    return shape === undefined ? loadLine(this.#spec) : `users as ${shape.name} says`;
  }

  #announce(run: RunMaster, hub: Hub): void {
    const { options, localWorkers, ui, script } = this.#spec;
    const { runId, seed, token } = this.#identity;
    run.log('info', `katydid ${VERSION}, run ${runId}, seed ${seed}: ${this.#loadText()}`);
    for (const line of locustVariableLines(process.env)) run.log('warn', line);
    run.log('info', `listening on ${options.bind}:${hub.port} for workers`);
    ui?.listening(urlHere(this.#place(hub)), token);
    if (localWorkers === 0) run.log('info', `script SHA-256 ${script.sha256}`);
    if (localWorkers > 0 || ui !== undefined) return;
    // A token that the master made is shown here alone, to the person who starts workers.
    const command = joinCommandOf(this.#place(hub), options).replace(TOKEN_PLACE, token);
    this.#terminal.err(`Start a worker on this or another machine:\n  ${command}\n`);
  }

  #place({ port }: Hub): ListeningPlace {
    return { bind: this.#spec.options.bind, port, tls: this.#identity.certificate !== undefined };
  }

  #listen(): () => void {
    const pending = this.#pending;
    this.#spec.ui?.onGone(() => pending.terminalGone());
    return onStopSignals(pending);
  }

  /** Closes what a run that has ended leaves behind. */
  async #closeInOrder(): Promise<void> {
    await this.#locals?.close();
    this.#control.close();
    this.#spec.ui?.release();
  }

  /** Closes whatever is still open, however the run went. */
  async #closeAtOnce(opening: Promise<RunWriter>): Promise<void> {
    this.#locals?.kill();
    this.#pending.close();
    await this.#hub?.close();
    const writer = await opening.catch(() => undefined);
    if (writer !== undefined) await closeQuietly(writer);
  }
}

/** Closes the run file; a failure of that must not hide how the run ended. */
async function closeQuietly(writer: RunWriter): Promise<void> {
  try {
    await writer.close();
  } catch (error) {
    process.stderr.write(
      `katydid: the run file was not closed in good order: ${messageOf(error)}\n`,
    );
  }
}
