import { KatydidProcess } from '../../support/katydid-process.ts';
import type { TempFolder } from '../../support/temp-folder.ts';
import { ALL_OUTPUTS } from './katydid-run.ts';

/** The join token of all fleets here, chosen in advance. */
export const TOKEN = 'a-secret-chosen-in-advance';

/** What a fleet's master is started with. */
export interface FleetSpec {
  readonly loadfile: string;
  readonly args: readonly string[];
  /** How many workers it waits for. @default 2 */
  readonly expectWorkers?: number;
}

/** A master and workers as separate processes, each worker in an empty folder of its own. */
export class Fleet {
  readonly #folder: TempFolder;
  readonly #workers: KatydidProcess[] = [];
  readonly master: KatydidProcess;
  readonly #port: Promise<string>;

  /** Starts the master, which writes all outputs into the folder. */
  constructor(folder: TempFolder, { loadfile, args, expectWorkers = 2 }: FleetSpec) {
    this.#folder = folder;
    folder.write('loadfile.ts', loadfile);
    const listening = ['--bind', '127.0.0.1', '--port', '0', '--token', TOKEN];
    const expecting = ['--expect-workers', String(expectWorkers)];
    const all = ['master', 'loadfile.ts', ...listening, ...expecting, ...ALL_OUTPUTS, ...args];
    this.master = new KatydidProcess(all, { cwd: folder.path });
    this.#port = this.master
      .said(/listening on 127\.0\.0\.1:(\d+)/)
      .then((match) => match[1] ?? '');
    // Those who wait for the address get the error.
    this.#port.catch(() => undefined);
  }

  /** `host:port` of the master, once it listens. */
  async address(): Promise<string> {
    return `127.0.0.1:${await this.#port}`;
  }

  /** Starts a worker. */
  async worker(args: readonly string[] = ['--token', TOKEN]): Promise<KatydidProcess> {
    const name = `worker-${this.#workers.length + 1}`;
    const worker = new KatydidProcess(['worker', `ws://${await this.address()}`, ...args], {
      cwd: this.#folder.folder(name),
    });
    this.#workers.push(worker);
    return worker;
  }

  [Symbol.dispose](): void {
    for (const worker of this.#workers) worker[Symbol.dispose]();
    this.master[Symbol.dispose]();
  }
}
