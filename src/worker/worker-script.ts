import type { ExchangeSink } from '../measure/exchange-sink.ts';
import type { Json, RunConfig } from '../protocol/messages/master-messages.ts';
import type { MasterLink } from './link/master-link.ts';
import type { LoadedScript, ScriptHost, ScriptLink } from './script/script-host.ts';

/** Where exceptions and exchanges of a script are counted. */
export interface ScriptRecorder extends ExchangeSink {
  exception(message: string, traceback: string): void;
}

/**
 * The script of a worker process. It is loaded once for all leases, since a module that was imported
 * stays, and with it what it did on import; what it says goes out under the present lease.
 */
export class WorkerScript implements ScriptLink {
  /** What people call this worker. */
  workerId = '';
  /** The present lease. */
  epoch = 0;
  /** Where exceptions and exchanges are counted under the present lease. */
  sink: ScriptRecorder;
  readonly #host: ScriptHost;
  readonly #link: MasterLink;
  #loading: Promise<LoadedScript> | undefined;
  #loaded: LoadedScript | undefined;

  /** @param sink - Where they are counted until a lease begins. */
  constructor(host: ScriptHost, link: MasterLink, sink: ScriptRecorder) {
    this.#host = host;
    this.#link = link;
    this.sink = sink;
  }

  /** The script; `undefined` before it is loaded. */
  get loaded(): LoadedScript | undefined {
    return this.#loaded;
  }

  /** Loads it, once. @throws {ScriptError} Where it does not load here; again each time. */
  async load(script: Uint8Array, config: RunConfig): Promise<void> {
    this.#loading ??= this.#host.load(script, config, this);
    this.#loaded = await this.#loading;
  }

  /** Sends what the script reports to the master, where it reports anything. */
  report(): void {
    const data = this.#loaded?.report?.();
    if (data !== undefined) this.#link.send({ type: 'script-report', data }, this.epoch);
  }

  exception(message: string, traceback: string): void {
    this.sink.exception(message, traceback);
  }

  stopTest(reason: string): void {
    this.#link.send({ type: 'stop-test', reason }, this.epoch);
  }

  send(name: string, data: Json): void {
    this.#link.send({ type: 'script-message', name, data }, this.epoch);
  }

  log(level: 'info' | 'warn' | 'error', text: string): void {
    this.#link.send({ type: 'log', level, text }, this.epoch);
  }
}
