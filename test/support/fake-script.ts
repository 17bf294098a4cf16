import type { Clock, TimerHandle } from '../../src/base/clock.ts';
import { SeededRandom } from '../../src/base/random.ts';
import type { SendFence } from '../../src/base/send-fence.ts';
import type { ExchangeName, ExchangeSink } from '../../src/measure/exchange-sink.ts';
import type { RunConfig, StartOrder } from '../../src/protocol/messages/master-messages.ts';
import type { UserEndReason } from '../../src/protocol/messages/worker-messages.ts';
import type {
  LoadedScript,
  RunningUser,
  ScriptHost,
  UserReports,
} from '../../src/worker/script/script-host.ts';

/** How simulated users behave. */
export interface FakeBehaviour {
  readonly seed: number;
  /** Iterations after which a user ends by itself; `undefined`: never. */
  readonly iterations?: number;
  /** Longest pause before a request, and longest request, in milliseconds. */
  readonly maxWaitMs: number;
  readonly maxRequestMs: number;
  /** The user of this number ends the whole run after its first iteration. */
  readonly stopTestUser?: number;
  readonly loadMs?: number;
}

/**
 * What really happened, counted where it happened and by nothing that katydid has: what the ledger is
 * held against. One for the whole cluster.
 */
export class Truth {
  sent = 0;
  succeeded = 0;
  failed = 0;
  notSent = 0;
  abandoned = 0;
  redirected = 0;
  /** By worker process, and by name. */
  readonly sentBy = new Map<string, number>();
  readonly sentUnder = new Map<string, number>();
  readonly problems: string[] = [];
  /** Who runs each user now. */
  readonly running = new Map<number, string>();
  readonly #incarnations = new Map<number, number>();
  /** When users started. */
  readonly starts: { readonly atUs: number; readonly user: number; readonly node: string }[] = [];
  /** How many ran on a worker, from when on. */
  readonly levels = new Map<string, { readonly atUs: number; readonly users: number }[]>();
  lastEndUs: number | undefined;
  peak = 0;
  /**
   * Whether users of a worker may be started elsewhere while they are there yet: it is dead, or fenced,
   * so that they send nothing.
   */
  mayHaveTwins: (node: string) => boolean = () => false;
  readonly #clock: Clock;

  /** @param clock - The simulation's own, which no process has. */
  constructor(clock: Clock) {
    this.#clock = clock;
  }

  started(node: string, { user, incarnation }: StartOrder): void {
    const atUs = this.#clock.nowUs();
    const other = this.running.get(user);
    if (other !== undefined && !this.mayHaveTwins(other)) {
      this.problems.push(`user ${user} started on ${node} while it ran on ${other}`);
    }
    if (incarnation <= (this.#incarnations.get(user) ?? -1)) {
      this.problems.push(`user ${user} started twice as incarnation ${incarnation}`);
    }
    this.#incarnations.set(user, incarnation);
    this.running.set(user, node);
    this.starts.push({ atUs, user, node });
    this.#level(node, 1, atUs);
    this.peak = Math.max(this.peak, this.running.size);
  }

  /** An exchange goes on the wire: as a server would count it. */
  sending(node: string, { user, incarnation }: StartOrder, { name }: ExchangeName): void {
    this.sent += 1;
    this.sentBy.set(node, (this.sentBy.get(node) ?? 0) + 1);
    this.sentUnder.set(name, (this.sentUnder.get(name) ?? 0) + 1);
    const newest = this.#incarnations.get(user) ?? incarnation;
    if (newest > incarnation) {
      this.problems.push(`user ${user} sends on ${node} as ${incarnation}, and runs as ${newest}`);
    }
  }

  ended(node: string, { user }: StartOrder): void {
    const atUs = this.#clock.nowUs();
    if (this.running.get(user) === node) this.running.delete(user);
    this.#level(node, -1, atUs);
    this.lastEndUs = atUs;
  }

  /** How many ran on a worker around an instant: the least and the most of them. */
  usersAround(node: string, atUs: number, marginUs: number): { least: number; most: number } {
    let least = Number.POSITIVE_INFINITY;
    let most = 0;
    let before = 0;
    for (const level of this.levels.get(node) ?? []) {
      if (level.atUs > atUs + marginUs) break;
      if (level.atUs < atUs - marginUs) {
        before = level.users;
        continue;
      }
      least = Math.min(least, level.users);
      most = Math.max(most, level.users);
    }
    return { least: Math.min(least, before), most: Math.max(most, before) };
  }

  #level(node: string, change: number, atUs: number): void {
    const levels = this.levels.get(node) ?? [];
    levels.push({ atUs, users: (levels.at(-1)?.users ?? 0) + change });
    this.levels.set(node, levels);
  }
}

/** Makes users that send requests nowhere, and counts them in the truth. */
export class FakeScripts implements ScriptHost {
  readonly #clock: Clock;
  readonly #fence: SendFence;
  readonly #node: string;
  readonly #truth: Truth;
  readonly #behaviour: FakeBehaviour;
  loads = 0;

  /** @param fence - Users send only while it is open, as the engines do. */
  constructor(
    clock: Clock,
    fence: SendFence,
    node: string,
    truth: Truth,
    behaviour: FakeBehaviour,
  ) {
    this.#clock = clock;
    this.#fence = fence;
    this.#node = node;
    this.#truth = truth;
    this.#behaviour = behaviour;
  }

  async load(_script: Uint8Array, _config: RunConfig): Promise<LoadedScript> {
    this.loads += 1;
    await new Promise<void>((resolve) => {
      this.#clock.setTimer(this.#behaviour.loadMs ?? 30, resolve);
    });
    return {
      createUser: (order, reports) =>
        new FakeUser(
          { clock: this.#clock, fence: this.#fence, node: this.#node, truth: this.#truth },
          this.#behaviour,
          order,
          reports,
        ),
    };
  }
}

/** Where a user runs. */
interface FakeProcess {
  readonly clock: Clock;
  readonly fence: SendFence;
  readonly node: string;
  readonly truth: Truth;
}

/** Waits, sends a request, gets its answer, over and over. */
class FakeUser implements RunningUser {
  readonly #fence: SendFence;
  readonly #clock: Clock;
  readonly #node: string;
  readonly #truth: Truth;
  readonly #behaviour: FakeBehaviour;
  readonly #order: StartOrder;
  readonly #reports: UserReports;
  readonly #sink: ExchangeSink;
  readonly #random: SeededRandom;
  readonly #ended: PromiseWithResolvers<UserEndReason> = Promise.withResolvers();
  #timer: TimerHandle | undefined;
  #onWire: ExchangeName | undefined;
  #isStopping = false;
  #isOver = false;
  #iteration = 0;

  constructor(
    { clock, fence, node, truth }: FakeProcess,
    behaviour: FakeBehaviour,
    order: StartOrder,
    reports: UserReports,
  ) {
    this.#fence = fence;
    this.#clock = clock;
    this.#node = node;
    this.#truth = truth;
    this.#behaviour = behaviour;
    this.#order = order;
    this.#reports = reports;
    this.#sink = reports.sink;
    this.#random = new SeededRandom(behaviour.seed, order.user, order.incarnation);
  }

  run(): Promise<UserEndReason> {
    this.#truth.started(this.#node, this.#order);
    this.#wait();
    return this.#ended.promise;
  }

  stop(): void {
    this.#isStopping = true;
    // A user that only waits ends at once, one with a request out when that is answered.
    if (this.#onWire === undefined) this.#end('stopped');
  }

  cut(): void {
    if (this.#isOver) return;
    const name = this.#onWire;
    if (name !== undefined) {
      this.#onWire = undefined;
      this.#truth.abandoned += 1;
      this.#sink.abandoned(name, 10, this.#clock.nowUs());
    }
    this.#end('cut');
  }

  #wait(): void {
    this.#after(this.#behaviour.maxWaitMs, () => this.#send(0));
  }

  #send(hop: number): void {
    if (this.#fence.isShut(this.#clock.nowUs())) {
      this.#fence.hold(() => {
        if (!this.#isOver) this.#send(hop);
      });
      return;
    }
    const name = this.#sink.nameOf('GET', `/page-${Math.floor(this.#random.next() * 3)}`);
    // Some never get as far as the wire.
    if (hop === 0 && this.#random.next() < 0.1) {
      this.#truth.failed += 1;
      this.#truth.notSent += 1;
      this.#finish(name, false, 0, false);
      this.#next();
      return;
    }
    this.#truth.sending(this.#node, this.#order, name);
    this.#onWire = name;
    this.#sink.sent(name);
    this.#after(this.#behaviour.maxRequestMs, () => this.#answer(name, hop));
  }

  #answer(name: ExchangeName, hop: number): void {
    this.#onWire = undefined;
    if (hop === 0 && this.#random.next() < 0.1) {
      this.#truth.redirected += 1;
      this.#sink.redirected(name, 50, this.#clock.nowUs());
      this.#send(1);
      return;
    }
    const ok = this.#random.next() < 0.8;
    if (ok) this.#truth.succeeded += 1;
    else this.#truth.failed += 1;
    this.#finish(name, ok, ok ? 200 : 503, true);
    this.#next();
  }

  #finish(name: ExchangeName, ok: boolean, status: number, sent: boolean): void {
    this.#sink.finished(name, name, {
      ok,
      status,
      error: ok ? undefined : `HTTP ${status}`,
      sent,
      responseUs: 1000,
      serviceUs: 900,
      lagUs: 100,
      ttfbUs: status > 0 ? 800 : -1,
      bytesReceived: 100,
      contentBytes: 10,
      finishedAtUs: this.#clock.nowUs(),
    });
  }

  #next(): void {
    this.#iteration += 1;
    if (this.#order.user === this.#behaviour.stopTestUser && this.#iteration === 1) {
      this.#reports.stopTest('enough');
    }
    if (this.#iteration === this.#behaviour.iterations) this.#end('stop-user');
    else if (this.#isStopping) this.#end('stopped');
    else this.#wait();
  }

  #after(maxMs: number, act: () => void): void {
    this.#timer = this.#clock.setTimer(this.#random.next() * maxMs, act);
  }

  #end(reason: UserEndReason): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#clock.clearTimer(this.#timer);
    this.#truth.ended(this.#node, this.#order);
    this.#ended.resolve(reason);
  }
}
