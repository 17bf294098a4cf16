import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import type { WebSocket } from 'ws';
import { systemClock } from '../../../src/base/clock.ts';
import { Fleet } from '../../../src/master/fleet/fleet.ts';
import { MAX_MESSAGE_BYTES } from '../../../src/protocol/channel/version.ts';
import { dialMaster } from '../../../src/protocol/join/dial-master.ts';
import { atEnd } from '../../support/at-end.ts';
import { fleetConfig } from '../../support/fleet-config.ts';
import { HUB_TOKEN, openedHub } from '../../support/opened-hub.ts';

describe('a worker’s connection', () => {
  function openFleet(): { fleet: Fleet; broken: string[] } {
    const broken: string[] = [];
    const ignore = (): undefined => undefined;
    const fleet = new Fleet({
      clock: systemClock,
      config: fleetConfig(),
      script: { bytes: new Uint8Array(100), sha256: '' },
      lateAfterMs: 3000,
      lostAfterMs: 15_000,
      masterId: 'm1',
      listener: {
        onJoined: ignore,
        onMessage: ignore,
        onTally: () => undefined,
        onHolding: () => undefined,
        onInterval: ignore,
        onLate: ignore,
        onLost: ignore,
        onBlocked: ignore,
        onRefused: (_peer, why) => broken.push(why),
      },
    });
    return { fleet, broken };
  }

  const hello = (nodeId: string, more: object = {}): string =>
    JSON.stringify({ type: 'hello', nodeId, host: 'h', pid: 1, cores: 1, ...more });

  async function openClosed(
    send: (client: WebSocket) => void,
  ): Promise<{ broken: string[]; members: number; texts: string[] }> {
    const { fleet, broken } = openFleet();
    const { url } = await openedHub({ onWorker: (transport) => fleet.accept(transport) });
    const client = await dialMaster({
      url,
      token: HUB_TOKEN,
      path: '/worker',
      maxIncomingBytes: 1_000_000,
    });
    atEnd(() => client.terminate());
    const texts: string[] = [];
    client.on('message', (data, isBinary) => {
      if (!isBinary) texts.push(String(data));
    });
    const closed = once(client, 'close');
    client.resume();
    send(client);
    await closed;
    return { broken, members: fleet.members().length, texts };
  }

  it.each<[string, (client: WebSocket) => void, string]>([
    ['garbage', (client) => client.send('garbage'), 'is not JSON'],
    ['bytes', (client) => client.send(new Uint8Array(40)), 'before the hello'],
    [
      'a heartbeat',
      (client) => client.send('{"type":"heartbeat","seen":0,"blockedMs":0}'),
      'before the hello',
    ],
    [
      'a hello with a steering host',
      (client) => client.send(hello('abcdefgh', { host: '\u001b[2J' })),
      'host',
    ],
  ])('ends at %s in place of a hello', async (_what, send, why) => {
    const { broken, members } = await openClosed(send);
    expect(broken).toEqual([expect.stringContaining(why)]);
    expect(members).toBe(0);
  });

  it('ends at a second hello', async () => {
    const { broken } = await openClosed((client) => {
      client.send(hello('abcdefgh'));
      client.send(hello('abcdefgh'));
    });
    expect(broken).toEqual(['a second hello']);
  });

  it('ends at a message of more than 96 kB, which is never read', async () => {
    const { broken, members } = await openClosed((client) => {
      client.send('x'.repeat(MAX_MESSAGE_BYTES + 1));
    });
    expect([broken, members]).toEqual([[], 0]);
  });

  it('ends where no hello comes within 5 s', async () => {
    const { members } = await openClosed(() => undefined);
    expect(members).toBe(0);
  });

  it('is refused in words where it belongs to another run', async () => {
    const resume = { runId: 'another', epoch: 1, lastReceived: 0, masterId: 'm1' };
    const { texts, members } = await openClosed((client) => {
      client.send(hello('abcdefgh', { resume }));
    });
    expect(texts).toEqual([expect.stringContaining('"type":"refused"')]);
    expect(members).toBe(0);
  });
});
