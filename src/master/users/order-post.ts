import { MAX_ORDERS, type MasterMessage } from '../../protocol/messages/master-messages.ts';
import type { OrderSink, WorkerOrders } from './order-sheet.ts';

/** Takes messages to the workers; a message to a worker that is not there is dropped. */
export interface WorkerPost {
  sendTo(workerId: string, message: MasterMessage): void;
}

/** Sends orders in messages of bounded size. */
export class OrderPost implements OrderSink {
  readonly #post: WorkerPost;

  constructor(post: WorkerPost) {
    this.#post = post;
  }

  send(workerId: string, { starts, stops }: WorkerOrders): void {
    // All starts go before all stops: of two orders for one user the later one holds.
    for (let from = 0; from < starts.length; from += MAX_ORDERS) {
      const some = starts.slice(from, from + MAX_ORDERS);
      this.#post.sendTo(workerId, { type: 'assign', starts: some, stops: [] });
    }
    for (let from = 0; from < stops.length; from += MAX_ORDERS) {
      const some = stops.slice(from, from + MAX_ORDERS);
      this.#post.sendTo(workerId, { type: 'assign', starts: [], stops: some });
    }
  }
}
