import { buildPlan } from '../../src/load/plan.ts';
import { ClassSequence, type PlanClass } from '../../src/load/user-classes.ts';
import { Dispatcher } from '../../src/master/users/dispatcher.ts';
import type { WorkerOrders } from '../../src/master/users/order-sheet.ts';
import type { StartOrder, StopOrder } from '../../src/protocol/messages/master-messages.ts';
import type { UserEndReason } from '../../src/protocol/messages/worker-messages.ts';

interface DueOrder {
  readonly atMs: number;
  readonly start: StartOrder | undefined;
  readonly stop: StopOrder | undefined;
}

interface ModelUser {
  readonly incarnation: number;
  isStopping: boolean;
}

/** A worker that carries orders out exactly when they are due, and reports ends when told to. */
interface ModelWorker {
  readonly pending: Map<number, DueOrder>;
  readonly running: Map<number, ModelUser>;
  readonly spent: Map<number, number>;
  readonly reports: { user: number; incarnation: number; reason: UserEndReason }[];
  isLeaving: boolean;
}

/** Something that a user did. */
export interface UserEvent {
  readonly what: 'start' | 'stop';
  readonly atMs: number;
  readonly user: number;
  readonly worker: string;
}

/**
 * A dispatcher with workers that do as they are told, by the rules of `UserPool` written down a second
 * time. Users that are told to stop end when the test says so. Throws where a number would run twice.
 */
export class DispatchedWorkers {
  readonly dispatcher: Dispatcher;
  readonly workers = new Map<string, ModelWorker>();
  readonly events: UserEvent[] = [];
  nowMs = 0;
  #orderCount = 0;

  constructor(
    users: number,
    spawnRate: number,
    workerIds: readonly string[],
    classes: readonly PlanClass[] = [{ name: 'A', weight: 1, fixedCount: 0 }],
  ) {
    this.dispatcher = new Dispatcher({
      sequence: new ClassSequence(classes),
      rebalance: true,
      orders: { send: (worker, orders) => this.#take(worker, orders) },
    });
    for (const id of workerIds) this.#create(id);
    this.dispatcher.begin(buildPlan({ users, spawnRate, classes, workers: workerIds }), workerIds);
  }

  /** Orders that were sent so far. */
  get orderCount(): number {
    return this.#orderCount;
  }

  /** Numbers of all users that run, sorted; those on their way out included. */
  get running(): number[] {
    return [...this.workers.values()]
      .flatMap(({ running }) => [...running.keys()])
      .sort((a, b) => a - b);
  }

  /** How many run that are not on their way out. */
  get staying(): number {
    return [...this.workers.values()]
      .flatMap(({ running }) => [...running.values()])
      .filter(({ isStopping }) => !isStopping).length;
  }

  /** How many each worker runs, by id. */
  get spread(): Record<string, number> {
    return Object.fromEntries([...this.workers].map(([id, { running }]) => [id, running.size]));
  }

  /** @param ofClass - Levels of single classes, by index. */
  setTarget(users: number, rate: number, ofClass?: ReadonlyMap<number, number>): void {
    this.dispatcher.setTarget({ users, ofClass }, rate, this.nowMs);
  }

  add(id: string): void {
    this.#create(id);
    this.dispatcher.addWorker(id, this.nowMs);
  }

  /** A worker is gone, with all its users. */
  lose(id: string): void {
    this.workers.delete(id);
    this.dispatcher.removeWorker(id, true, this.nowMs);
  }

  /** A worker is asked to go: it starts nobody any more, and stops those that run. */
  leave(id: string): void {
    const worker = this.#worker(id);
    worker.isLeaving = true;
    worker.pending.clear();
    for (const user of worker.running.values()) user.isStopping = true;
    this.dispatcher.removeWorker(id, false, this.nowMs);
  }

  /** A user ends by itself. */
  retire(user: number): void {
    for (const worker of this.workers.values()) {
      const running = worker.running.get(user);
      if (running === undefined) continue;
      worker.running.delete(user);
      worker.reports.push({ user, incarnation: running.incarnation, reason: 'stop-user' });
    }
  }

  /** Time passes: what is due is done. Users that stop end at once, unless `endsUsers` is false. */
  advance(ms: number, endsUsers = true): void {
    const endMs = this.nowMs + ms;
    for (let next = this.#next(endMs); next !== undefined; next = this.#next(endMs)) {
      this.nowMs = Math.max(this.nowMs, next.order.atMs);
      this.#carryOut(next.id, next.order);
      if (endsUsers) this.endStopping();
    }
    this.nowMs = endMs;
    if (endsUsers) this.endStopping();
  }

  /** Users that were told to stop end, and all ends are reported. */
  endStopping(): void {
    for (const worker of this.workers.values()) {
      for (const [user, { incarnation, isStopping }] of worker.running) {
        if (!isStopping) continue;
        worker.running.delete(user);
        worker.reports.push({ user, incarnation, reason: 'stopped' });
      }
    }
    this.report();
  }

  /** The reports get to the dispatcher. */
  report(): void {
    for (const [id, worker] of this.workers) {
      for (const { user, incarnation, reason } of worker.reports.splice(0)) {
        this.dispatcher.ended(id, user, incarnation, reason, this.nowMs);
      }
    }
    this.dispatcher.settle(this.nowMs);
    // One that leaves is gone for good when it runs nobody any more.
    for (const [id, { isLeaving, running }] of this.workers) {
      if (isLeaving && running.size === 0) this.lose(id);
    }
  }

  #create(id: string): void {
    this.workers.set(id, {
      pending: new Map(),
      running: new Map(),
      spent: new Map(),
      reports: [],
      isLeaving: false,
    });
  }

  #worker(id: string): ModelWorker {
    const worker = this.workers.get(id);
    if (worker === undefined) throw new Error(`orders for ${id}, which is not there`);
    return worker;
  }

  #take(id: string, { starts, stops }: WorkerOrders): void {
    const worker = this.#worker(id);
    this.#orderCount += starts.length + stops.length;
    if (worker.isLeaving) return;
    for (const start of starts) {
      worker.pending.set(start.user, { atMs: start.atMs, start, stop: undefined });
    }
    for (const stop of stops) {
      worker.pending.set(stop.user, { atMs: stop.atMs, start: undefined, stop });
    }
  }

  #next(endMs: number): { id: string; order: DueOrder } | undefined {
    let first: { id: string; order: DueOrder } | undefined;
    for (const [id, worker] of this.workers) {
      for (const order of worker.pending.values()) {
        if (order.atMs <= endMs && (first === undefined || order.atMs < first.order.atMs)) {
          first = { id, order };
        }
      }
    }
    return first;
  }

  #carryOut(id: string, { start, stop, atMs }: DueOrder): void {
    const worker = this.#worker(id);
    if (start !== undefined) {
      worker.pending.delete(start.user);
      if ((worker.spent.get(start.user) ?? -1) >= start.incarnation) return;
      if (this.running.includes(start.user)) throw new Error(`user ${start.user} would run twice`);
      worker.spent.set(start.user, start.incarnation);
      worker.running.set(start.user, { incarnation: start.incarnation, isStopping: false });
      this.events.push({ what: 'start', atMs, user: start.user, worker: id });
    }
    if (stop !== undefined) {
      worker.pending.delete(stop.user);
      const user = worker.running.get(stop.user);
      if (user?.incarnation === stop.incarnation) {
        user.isStopping = true;
        this.events.push({ what: 'stop', atMs, user: stop.user, worker: id });
      } else if ((worker.spent.get(stop.user) ?? -1) < stop.incarnation) {
        worker.spent.set(stop.user, stop.incarnation);
        worker.reports.push({ ...stop, reason: 'stopped' });
      }
    }
  }
}
