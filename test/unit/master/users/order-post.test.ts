import { describe, expect, it } from 'vitest';
import { OrderPost } from '../../../../src/master/users/order-post.ts';
import { OrderSheet } from '../../../../src/master/users/order-sheet.ts';
import { createSlot } from '../../../../src/master/users/user-slot.ts';
import {
  MAX_ORDERS,
  type MasterMessage,
} from '../../../../src/protocol/messages/master-messages.ts';

interface Sent {
  readonly workerId: string;
  readonly starts: number;
  readonly stops: number;
}

/** A sheet whose orders end up in `sent`, a message a row. */
function createSheet(): { sheet: OrderSheet; sent: Sent[] } {
  const sent: Sent[] = [];
  const post = new OrderPost({
    sendTo: (workerId: string, message: MasterMessage) => {
      if (message.type !== 'assign') throw new Error(`a message ${message.type}`);
      sent.push({ workerId, starts: message.starts.length, stops: message.stops.length });
    },
  });
  return { sheet: new OrderSheet(post), sent };
}

describe('OrderSheet and OrderPost', () => {
  it('send each worker its own orders at once, all starts before all stops', () => {
    const { sheet, sent } = createSheet();
    sheet.stop('w1', { user: 9, incarnation: 0 }, 100);
    for (const user of [0, 1, 2])
      sheet.start(user === 1 ? 'w2' : 'w1', createSlot(user, 0, undefined));
    expect(sent).toEqual([]);
    sheet.flush();

    expect(sent).toEqual([
      { workerId: 'w1', starts: 2, stops: 0 },
      { workerId: 'w1', starts: 0, stops: 1 },
      { workerId: 'w2', starts: 1, stops: 0 },
    ]);
    sheet.flush();
    expect(sent).toHaveLength(3);
  });

  it('send no message that is longer than the protocol allows', () => {
    const { sheet, sent } = createSheet();
    for (let user = 0; user <= MAX_ORDERS; user += 1) sheet.start('w1', createSlot(user, 0, 1));
    sheet.flush();

    expect(sent.map(({ starts }) => starts)).toEqual([MAX_ORDERS, 1]);
  });
});
