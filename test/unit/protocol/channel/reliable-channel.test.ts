import { describe, expect, it } from 'vitest';
import { ReliableChannel } from '../../../../src/protocol/channel/reliable-channel.ts';

function connected(channel: ReliableChannel<string>, peerSaw: number): string[] {
  const sent: string[] = [];
  channel.connect((number, message) => sent.push(`${number}:${message}`), peerSaw);
  return sent;
}

describe('ReliableChannel', () => {
  it('numbers from 1 and keeps what is sent before the first connection', () => {
    const channel = new ReliableChannel<string>();
    channel.send('a');
    channel.send('b');
    const sent = connected(channel, 0);
    channel.send('c');
    expect(sent).toEqual(['1:a', '2:b', '3:c']);
    expect(channel.unseen).toBe(3);
  });

  it('sends again after a reconnect what the peer has not seen, and no more', () => {
    const channel = new ReliableChannel<string>();
    connected(channel, 0);
    for (const message of ['a', 'b', 'c']) channel.send(message);
    channel.disconnect();
    channel.send('d');
    expect(connected(channel, 2)).toEqual(['3:c', '4:d']);
    channel.confirm(3);
    channel.confirm(1);
    expect(channel.unseen).toBe(1);
    channel.disconnect();
    expect(connected(channel, 4)).toEqual([]);
  });

  it('acts on each number once, in order', () => {
    const channel = new ReliableChannel<string>();
    expect([1, 2, 2, 1, 3].map((number) => channel.accept(number))).toEqual([
      true,
      true,
      false,
      false,
      true,
    ]);
    expect(channel.lastReceived).toBe(3);
  });

  it('refuses a gap, and a confirmation of what was never sent', () => {
    const channel = new ReliableChannel<string>();
    channel.send('a');
    const gap = expect.objectContaining({ code: 'KAT_PROTOCOL' });
    expect(() => channel.accept(2)).toThrowError(gap);
    expect(() => channel.confirm(2)).toThrowError(gap);
    expect(() => connected(channel, 7)).toThrowError(gap);
    expect(channel.unseen).toBe(1);
  });

  it('keeps at most 100,000 messages for a peer that confirms nothing', () => {
    const channel = new ReliableChannel<number>();
    for (let index = 0; index < 100_000; index += 1) channel.send(index);
    expect(() => channel.send(0)).toThrowError(/not confirmed 100000 messages/);
    for (let number = 1; number <= 100_000; number += 1000) channel.confirm(number);
    expect(channel.unseen).toBe(999);
  });

  it('numbers what was not confirmed anew for a peer that knows nothing', () => {
    const channel = new ReliableChannel<string>();
    for (const message of ['a', 'b', 'c']) channel.send(message);
    channel.confirm(1);
    const sent: [number, string][] = [];

    const renewed = channel.renewed();
    renewed.connect((number, message) => sent.push([number, message]), 0);

    expect(sent).toEqual([
      [1, 'b'],
      [2, 'c'],
    ]);
    expect(renewed.lastReceived).toBe(0);
  });
});
