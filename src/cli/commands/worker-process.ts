import { systemClock } from '../../base/clock.ts';
import { EXIT_STATUS } from '../../base/exit-status.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { Agent, type AgentEnd } from '../../worker/agent.ts';
import { PreciseClock } from '../../worker/clock/precise-clock.ts';
import type { MasterLink } from '../../worker/link/master-link.ts';
import { SelfMonitor } from '../../worker/measure/self-monitor.ts';
import { AllowedScripts } from '../../worker/script/allowed-scripts.ts';
import { UserScripts, type UserScriptsOptions } from '../../worker/script/user-scripts.ts';
import type { Log } from '../process/log.ts';
import { machineLimits } from '../process/machine-limits.ts';
import type { StopSignals } from '../process/signals.ts';

/** What the process of a worker is made of. */
export interface WorkerProcessParts {
  readonly link: MasterLink & { readonly fence: SendFence };
  readonly log: Log;
  /** SHA-256 of the scripts that it may run; empty: any. */
  readonly allowedScripts: readonly string[];
  /** Whether a master on this machine has started it, as one of several. */
  readonly isLocal: boolean;
}

/** The process of a worker: its agent, the script that the agent loads, and what ends either. */
export class WorkerProcess implements StopSignals {
  readonly #link: MasterLink;
  readonly #clock = new PreciseClock();
  readonly #surroundings: ScriptSurroundings;
  readonly #scripts: UserScripts;
  readonly #agent: Agent;
  readonly #refused: PromiseWithResolvers<AgentEnd> = Promise.withResolvers();
  #isCutShort = false;

  constructor({ link, log, allowedScripts, isLocal }: WorkerProcessParts) {
    this.#link = link;
    const clock = this.#clock;
    this.#surroundings = new ScriptSurroundings(clock, link, log, isLocal);
    this.#scripts = new UserScripts(this.#surroundings);
    this.#agent = new Agent({
      clock,
      link,
      fence: link.fence,
      scripts: new AllowedScripts(this.#scripts, allowedScripts, (sha256) => this.#refuse(sha256)),
      monitor: new SelfMonitor(systemClock),
      log: (level, text) => log.write(level, text),
    });
  }

  /** How many users run here now. */
  get runningUsers(): number {
    return this.#agent.runningUsers;
  }

  /** Whether a second signal cut the work short. */
  get isCutShort(): boolean {
    return this.#isCutShort;
  }

  /** Works until the run is over, or until nothing more can be done for it. */
  async run(): Promise<AgentEnd> {
    const end = await Promise.race([this.#refused.promise, this.#agent.run()]);
    this.#surroundings.isOver = true;
    return end;
  }

  onFirst(): void {
    this.#agent.leave();
  }

  onFurther(): void {
    this.#isCutShort = true;
    this.#agent.abort();
  }

  /** Counts what the script threw where nobody could catch it. @returns Whether it can be the script's. */
  stray(thrown: unknown): boolean {
    return this.#scripts.stray(thrown);
  }

  /** Tells the script that its process ends with the status that `end` means. @returns That status. */
  async quit(end: AgentEnd): Promise<number> {
    await this.#clock.close();
    if (this.#isCutShort) return EXIT_STATUS.cutShort;
    const status = end.code === undefined ? EXIT_STATUS.ok : EXIT_STATUS.couldNotRun;
    await this.#scripts.quit(status);
    return status;
  }

  /** Leaves the run, whose script this worker may not run. */
  #refuse(sha256: string): void {
    this.#link.send({ type: 'log', level: 'error', text: `may not run the script ${sha256}` });
    // The worker leaves in good order: it never had a user, and must not count as lost.
    this.#link.send({ type: 'leaving' });
    this.#link.send({ type: 'drained', lastSequence: 0, lastUserEndUs: 0 });
    this.#refused.resolve({
      code: 'KAT_REFUSED',
      message: `the master's script has the SHA-256 ${sha256}, which --allow-script-sha256 does not allow`,
      hint: 'Compare with run.scriptSha256 of a JSON summary that you trust.',
    });
    this.#agent.abort();
  }
}

/** What a script has around it in the process of a worker. */
class ScriptSurroundings implements UserScriptsOptions {
  readonly clock: PreciseClock;
  readonly fence: SendFence;
  readonly limits = machineLimits;
  readonly isLocal: boolean;
  /** Whether the worker has left its master: what the script prints then has no master to go to. */
  isOver = false;
  readonly #link: MasterLink;
  readonly #log: Log;

  constructor(clock: PreciseClock, link: WorkerProcessParts['link'], log: Log, isLocal: boolean) {
    this.clock = clock;
    this.fence = link.fence;
    this.isLocal = isLocal;
    this.#link = link;
    this.#log = log;
  }

  setEnv(name: string, value: string): void {
    process.env[name] = value;
  }

  log(level: 'debug' | 'info' | 'warn' | 'error', text: string): void {
    if (this.isOver) this.#log.write(level, text);
    else this.#link.send({ type: 'log', level, text });
  }
}
