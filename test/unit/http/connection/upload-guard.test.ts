import { Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { afterNetworkTurn } from '../../../../src/http/connection/network-turn.ts';
import { readBeforeDestroying } from '../../../../src/http/connection/upload-guard.ts';

/** Resolves after two turns, so behind what waits for one. */
function turns(): Promise<void> {
  return new Promise((resolve) => afterNetworkTurn(() => afterNetworkTurn(resolve)));
}

describe('readBeforeDestroying', () => {
  it('keeps a socket whose write failed open for one turn while an answer is awaited', async () => {
    const socket = new Socket();
    const seen: unknown[] = [];
    socket.on('error', (error) => seen.push(error));
    readBeforeDestroying(socket, () => true);
    const failure = new Error('EPIPE');

    socket.destroy(failure);

    expect(socket.destroyed).toBe(false);
    await turns();
    expect(socket.destroyed).toBe(true);
    expect(seen).toEqual([failure]);
  });

  it('destroys at once without an error, or where no answer is awaited', () => {
    const [done, idle] = [new Socket(), new Socket()];
    readBeforeDestroying(done, () => true);
    readBeforeDestroying(idle, () => false);
    idle.on('error', () => undefined);

    done.destroy();
    idle.destroy(new Error('EPIPE'));

    expect([done.destroyed, idle.destroyed]).toEqual([true, true]);
  });

  it('is put on a socket once, however many uploads it carries', () => {
    const socket = new Socket();
    readBeforeDestroying(socket, () => true);
    const { destroy } = socket;

    readBeforeDestroying(socket, () => true);

    expect(socket.destroy).toBe(destroy);
    socket.destroy();
  });
});
