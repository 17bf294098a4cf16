import type { Clock, TimerHandle } from '../../base/clock.ts';
import { MinHeap } from '../../base/min-heap.ts';
import type { SendFence } from '../../base/send-fence.ts';
import type { StartOrder, StopOrder } from '../../protocol/messages/master-messages.ts';

/** Carries the orders out when they are due. */
export interface UserHost {
  startUser(order: StartOrder): void;
  stopUser(order: StopOrder): void;
}

type PendingOrder = (
  | { readonly kind: 'start'; readonly order: StartOrder }
  | { readonly kind: 'stop'; readonly order: StopOrder }
) & { readonly user: number; readonly atMs: number };

/** Orders that are not due yet. */
export interface WaitingOrders {
  readonly starts: readonly StartOrder[];
  readonly stops: readonly StopOrder[];
}

/**
 * Carries out start and stop orders on time, by this worker's own clock, from the run's shared start
 * instant. One timer for all. A later order for the same user replaces an earlier one that is still
 * pending, so a plan that was cut anew needs no cancellations.
 */
export class UserScheduler {
  readonly #clock: Clock;
  readonly #host: UserHost;
  readonly #fence: SendFence;
  readonly #pending = new Map<number, PendingOrder>();
  readonly #due = new MinHeap<PendingOrder>((order) => order.atMs);
  #startUs: number | undefined;
  #timer: TimerHandle | undefined;

  /** @param fence - While it is shut nothing is carried out. */
  constructor(clock: Clock, host: UserHost, fence: SendFence) {
    this.#clock = clock;
    this.#fence = fence;
    this.#host = host;
  }

  /** Users that wait for their start. */
  get waiting(): number {
    let count = 0;
    for (const { kind } of this.#pending.values()) if (kind === 'start') count += 1;
    return count;
  }

  /** Orders that are not due yet. */
  orders(): WaitingOrders {
    const starts: StartOrder[] = [];
    const stops: StopOrder[] = [];
    for (const pending of this.#pending.values()) {
      if (pending.kind === 'start') starts.push(pending.order);
      else stops.push(pending.order);
    }
    return { starts, stops };
  }

  /** The run starts at `startUs` of this worker's clock: from now on orders become due. */
  begin(startUs: number): void {
    this.#startUs = startUs;
    this.#arm();
  }

  /** Takes new orders. */
  assign(starts: readonly StartOrder[], stops: readonly StopOrder[]): void {
    for (const order of starts) {
      this.#add({ kind: 'start', order, user: order.user, atMs: order.atMs });
    }
    for (const order of stops) {
      this.#add({ kind: 'stop', order, user: order.user, atMs: order.atMs });
    }
    this.#arm();
  }

  /** Forgets every order, and when the run began. */
  clear(): void {
    this.#pending.clear();
    this.#due.clear();
    this.#startUs = undefined;
    this.#clock.clearTimer(this.#timer);
  }

  #add(order: PendingOrder): void {
    this.#pending.set(order.user, order);
    this.#due.push(order);
  }

  #arm(): void {
    if (this.#startUs === undefined) return;
    this.#clock.clearTimer(this.#timer);
    const next = this.#nextPending();
    if (next === undefined) return;
    const dueUs = this.#startUs + next.atMs * 1000;
    this.#timer = this.#clock.setTimer((dueUs - this.#clock.nowUs()) / 1000, () => this.#run());
  }

  /** The order due first; those that were replaced are dropped on the way. */
  #nextPending(): PendingOrder | undefined {
    for (;;) {
      const next = this.#due.peek();
      if (next === undefined || this.#pending.get(next.user) === next) return next;
      this.#due.pop();
    }
  }

  #run(): void {
    const startUs = this.#startUs ?? 0;
    if (this.#fence.isShut(this.#clock.nowUs())) {
      this.#fence.hold(() => this.#run());
      return;
    }
    for (;;) {
      const next = this.#nextPending();
      // Half a microsecond of grace: sums of floats are seldom exactly the millisecond that a timer fires at.
      if (next === undefined || startUs + next.atMs * 1000 > this.#clock.nowUs() + 0.5) break;
      this.#due.pop();
      this.#pending.delete(next.user);
      if (next.kind === 'start') this.#host.startUser(next.order);
      else this.#host.stopUser(next.order);
    }
    this.#arm();
  }
}
