import type { StartOrder, StopOrder } from '../../protocol/messages/master-messages.ts';
import { startOrder, stopOrder, type UserSlot } from './user-slot.ts';

/** Orders for one worker. */
export interface WorkerOrders {
  readonly starts: StartOrder[];
  readonly stops: StopOrder[];
}

/** Brings orders to the workers. */
export interface OrderSink {
  send(workerId: string, orders: WorkerOrders): void;
}

/** Gathers the orders of one change, so that each worker gets all of its own at once. */
export class OrderSheet {
  readonly #sink: OrderSink;
  #orders = new Map<string, WorkerOrders>();

  constructor(sink: OrderSink) {
    this.#sink = sink;
  }

  /** The holder of a user is to start it when its slot says. */
  start(workerId: string, slot: UserSlot): void {
    this.#of(workerId).starts.push(startOrder(slot));
  }

  /** A worker is to stop a user at an instant. @param atMs - Milliseconds since the run's start. */
  stop(workerId: string, user: Pick<UserSlot, 'user' | 'incarnation'>, atMs: number): void {
    this.#of(workerId).stops.push(stopOrder(user, atMs));
  }

  /** Sends what was gathered. */
  flush(): void {
    const orders = this.#orders;
    this.#orders = new Map();
    for (const [workerId, workerOrders] of orders) this.#sink.send(workerId, workerOrders);
  }

  #of(workerId: string): WorkerOrders {
    let orders = this.#orders.get(workerId);
    if (orders === undefined) {
      orders = { starts: [], stops: [] };
      this.#orders.set(workerId, orders);
    }
    return orders;
  }
}
