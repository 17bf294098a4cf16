import { expect } from 'vitest';
import { HelperProcess } from '../../support/helper-process.ts';
import { KatydidProcess } from '../../support/katydid-process.ts';
import { type NetworkNamespace, TestNetwork } from '../../support/network-namespaces.ts';
import type { TempFolder } from '../../support/temp-folder.ts';
import type { LifeOfUser, TruthReport } from '../../support/truth-report.ts';
import { pause, until } from '../../support/until.ts';
import { expectClosedLedger } from './expect-truth.ts';
import { TOKEN } from './fleet.ts';
import { ALL_OUTPUTS, type FinishedRun, finishRun } from './katydid-run.ts';
import { onTheWire } from './summarized-run.ts';

/** Users of every run here; each asks ten times a second. */
export const USERS = 8;

/** Every user says who it is, so that the server sees which of them live when. */
const LOADFILE = `
  import { constantPacing, HttpUser, task } from 'katydid';
  export class Steady extends HttpUser {
    waitTime = constantPacing(0.1);
    life = crypto.randomUUID();
    ask(path) {
      return this.client.get(path, { headers: { 'x-user': String(this.index), 'x-life': this.life } });
    }
    async onStart() { await this.ask('/status/201'); }
    @task(3) slow() { return this.ask('/slow/20'); }
    @task ok() { return this.ask('/ok'); }
  }`;

/** A worker and the machine that it is alone on. */
export interface WorkerMachine {
  readonly place: NetworkNamespace;
  readonly katydid: KatydidProcess;
}

/** What a worker of the bed is started with besides the address and the token. */
export interface WorkerSpec {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** `host:port` to go to instead of the master. */
  readonly through?: string;
  /** A machine that is there already. */
  readonly on?: NetworkNamespace;
}

/** A target that counts, a master and workers, each on a machine of its own, with TLS between them. */
export class FaultBed {
  readonly #folder: TempFolder;
  readonly #network = new TestNetwork();
  readonly #workers: WorkerMachine[] = [];
  readonly #truth: HelperProcess;
  readonly #helpers: HelperProcess[] = [];
  #started: Promise<KatydidProcess>;
  readonly targetPlace: NetworkNamespace;
  readonly masterPlace: NetworkNamespace;

  /** @param args - Further options of the master. */
  constructor(folder: TempFolder, args: readonly string[] = [], expectWorkers = 2) {
    this.#folder = folder;
    this.targetPlace = this.#network.add('target');
    this.masterPlace = this.#network.add('master');
    const { via, address } = this.targetPlace;
    this.#truth = new HelperProcess('truth-process.ts', via, [address]);
    this.#started = this.#startMaster(args, expectWorkers);
    this.#started.catch(() => undefined);
  }

  /** The master, once it listens. */
  get master(): Promise<KatydidProcess> {
    return this.#started;
  }

  /** `host:port` of the master, once it listens. */
  async masterAddress(): Promise<string> {
    const [, port] = await (await this.#started).said(/listening on [\d.]+:(\d+)/);
    return `${this.masterPlace.address}:${port}`;
  }

  /** Plugs in one more machine. */
  addPlace(name: string): NetworkNamespace {
    return this.#network.add(name);
  }

  /** Starts a process of `test/support/processes` on a machine; it ends with the bed. */
  addHelper(file: string, { via }: NetworkNamespace, args: readonly string[]): HelperProcess {
    const helper = new HelperProcess(file, via, args);
    this.#helpers.push(helper);
    return helper;
  }

  /** Starts a worker, on a machine of its own unless one is given. */
  async worker({ args = [], env = {}, through, on }: WorkerSpec = {}): Promise<WorkerMachine> {
    const name = `worker-${this.#workers.length + 1}`;
    const place = on ?? this.#network.add(name);
    const url = `wss://${through ?? (await this.masterAddress())}`;
    const katydid = new KatydidProcess(['worker', url, '--token', TOKEN, ...args], {
      cwd: this.#folder.folder(name),
      via: place.via,
      env,
    });
    const machine = { place, katydid };
    this.#workers.push(machine);
    return machine;
  }

  /** What the server has seen. */
  truth(): Promise<TruthReport> {
    return this.#truth.ask<TruthReport>({});
  }

  /** Waits until all users live and have asked a few times. */
  async allUsersAsk(): Promise<void> {
    await until('all users', async () => {
      const { lives } = await this.truth();
      return lives.filter(({ requests }) => requests > 5).length === USERS;
    });
  }

  /**
   * Waits until every user has asked since now.
   *
   * @returns For how long that took, in seconds.
   */
  async recovered(from: number): Promise<number> {
    const nowMs = await until('every user asks again', async () => {
      const report = await this.truth();
      const since = report.lives.filter(({ lastMs }) => lastMs > from);
      const all = new Set(since.map(({ user }) => user));
      return all.size === USERS && report.nowMs;
    });
    return (nowMs - from) / 1000;
  }

  /** Kills the master at once, and lets another one carry its run on after a while. */
  async restartMaster(awayMs: number): Promise<void> {
    const first = await this.#started;
    first.signal('SIGKILL');
    await first.exit;
    await pause(awayMs);
    const args = ['master', '--resume', 'out.katydid', '--headless', '--progress', '0'];
    this.#started = Promise.resolve(
      new KatydidProcess(args, { cwd: this.#folder.path, via: this.masterPlace.via }),
    );
  }

  /** Lets the run go on for so many further requests, stops it, and reads what it wrote. */
  async finish(furtherRequests = 100): Promise<FinishedRun> {
    const { total } = await this.truth();
    await until(
      'further requests',
      async () => (await this.truth()).total > total + furtherRequests,
    );
    const master = await this.#started;
    master.signal('SIGINT');
    return finishRun(this.#folder, master);
  }

  [Symbol.dispose](): void {
    for (const { katydid } of this.#workers) katydid[Symbol.dispose]();
    void this.#started.then((master) => master[Symbol.dispose]());
    for (const helper of [this.#truth, ...this.#helpers]) helper[Symbol.dispose]();
    this.#network[Symbol.dispose]();
  }

  async #startMaster(args: readonly string[], expectWorkers: number): Promise<KatydidProcess> {
    const { url } = await this.truth();
    this.#folder.write('loadfile.ts', LOADFILE);
    const listening = ['--bind', this.masterPlace.address, '--port', '0', '--token', TOKEN];
    const load = ['-H', url, '-u', String(USERS), '-r', '20', '-t', '10m'];
    const expecting = ['--expect-workers', String(expectWorkers)];
    return new KatydidProcess(
      ['master', 'loadfile.ts', ...listening, ...load, ...expecting, ...ALL_OUTPUTS, ...args],
      { cwd: this.#folder.path, via: this.masterPlace.via },
    );
  }
}

/** How far a run's figures may be from the server's. */
export interface Tolerance {
  /** Requests that the server may have had and the run does not know of. @default 0 */
  readonly unknown?: number;
  /**
   * Requests that were answered by a reset or a close before any byte of an answer, or cut while the line
   * was down: whether they arrived nobody can know. @default 0
   */
  readonly unsure?: number;
}

/** Holds the ledger against the server's count, in total and per name. */
export function expectLedger(
  { json }: FinishedRun,
  { received, total }: TruthReport,
  { unknown = 0, unsure = 0 }: Tolerance = {},
): void {
  const { ledger, requests } = json;
  expectClosedLedger(ledger);
  expectWithin(ledger.sent, total, { unknown, unsure }, 'all');
  for (const name of Object.keys(received)) {
    const sent = requests
      .filter((row) => row.name === name)
      .reduce((n, row) => n + onTheWire(row), 0);
    expectWithin(sent, received[name] ?? 0, { unknown, unsure }, name);
  }
}

/** Failures that leave it open whether the request arrived. */
export function unsureRequests({ json }: FinishedRun): number {
  return json.errors
    .filter(({ error }) => /reset|closed|ECONNRESET|EPIPE/i.test(error))
    .reduce((sum, { occurrences }) => sum + occurrences, 0);
}

/** No number twice at a time, and none that was not asked for: so never more users than the target. */
export function expectNoUserTwice({ lives }: TruthReport): void {
  for (const { user } of lives) expect(user).toBeLessThan(USERS);
  const overlaps = lives.flatMap((one) =>
    lives
      .filter((other) => other.user === one.user && other.id !== one.id && isDuring(other, one))
      .map((other) => ({ one, other })),
  );
  expect(overlaps).toEqual([]);
}

/** The users of a machine that nothing happened to went on as if nothing had. */
export function expectUndisturbed(before: TruthReport, after: TruthReport, place: string): void {
  const livesAt = ({ lives }: TruthReport): readonly string[] =>
    lives.filter(({ address }) => address === place).map(({ id }) => id);
  const usersBefore = before.lives.filter(({ address }) => address === place);
  const newLives = after.lives.filter(({ user, id }) =>
    usersBefore.some((life) => life.user === user && life.id !== id),
  );
  expect(newLives).toEqual([]);
  expect(livesAt(after)).toEqual(expect.arrayContaining([...livesAt(before)]));
}

/** Says what was measured: the figures of docs/reliability.md. */
export function measured(fault: string, recoveredSeconds: number, { json }: FinishedRun): void {
  const { sent, failed, abandoned, unknown } = json.ledger;
  process.stdout.write(
    `measured: ${fault}: recovered after ${recoveredSeconds.toFixed(1)} s; ` +
      `${sent} sent, ${failed} failed, ${abandoned} abandoned, ${unknown} unknown; ${json.verdict.validity}\n`,
  );
}

function isDuring(other: LifeOfUser, one: LifeOfUser): boolean {
  return other.firstMs >= one.firstMs && other.firstMs <= one.lastMs;
}

function expectWithin(
  sent: number,
  truth: number,
  { unknown, unsure }: Required<Tolerance>,
  name: string,
): void {
  expect(sent, `${name}: more than the server saw`).toBeLessThanOrEqual(truth + unsure);
  expect(sent, `${name}: less than the server saw`).toBeGreaterThanOrEqual(truth - unknown);
}
