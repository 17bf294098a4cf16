import { describe, expect, it } from 'vitest';
import type { Transport } from '../../../../src/protocol/channel/transport.ts';
import { parseWorkerFrame } from '../../../../src/protocol/messages/worker-messages.ts';
import { MasterWire } from '../../../../src/worker/link/master-wire.ts';
import { Undelivered } from '../../../../src/worker/link/undelivered.ts';

/** A connection that keeps what is sent on it. */
function recordedWire(): { readonly wire: MasterWire; readonly sent: string[] } {
  const sent: string[] = [];
  const transport: Transport = {
    peer: 'test',
    bufferedBytes: 0,
    open: () => undefined,
    sendText: (text) => {
      const frame = parseWorkerFrame(text);
      sent.push(frame.type === 'numbered' ? `${frame.number}:${frame.message.type}` : frame.type);
    },
    sendBytes: (bytes) => sent.push(`${bytes.length} bytes`),
    close: () => undefined,
    terminate: () => undefined,
  };
  return { wire: new MasterWire(transport), sent };
}

const interval = (sequence: number) => ({ epoch: 1, sequence, payload: new Uint8Array(3) });

describe('Undelivered', () => {
  it('sends at once while connected, and keeps what is said without a connection', () => {
    const undelivered = new Undelivered();
    const { wire, sent } = recordedWire();
    undelivered.send({ type: 'ready' });
    undelivered.deliver(interval(1));
    expect(sent).toEqual([]);

    undelivered.connect(wire, 1, 0);
    undelivered.send({ type: 'prepared' });
    undelivered.disconnect();
    undelivered.deliver(interval(2));

    expect(sent).toEqual(['20 bytes', '1:ready', '2:prepared']);
    expect(undelivered.intervals.map(({ sequence }) => sequence)).toEqual([1, 2]);
  });

  it('sends on the next connection what was not acknowledged on the last one', () => {
    const undelivered = new Undelivered();
    undelivered.connect(recordedWire().wire, 1, 0);
    undelivered.send({ type: 'ready' });
    undelivered.send({ type: 'prepared' });
    undelivered.deliver(interval(1));
    undelivered.deliver(interval(2));
    undelivered.stored(1, 1);
    undelivered.confirm(1);
    undelivered.disconnect();
    const { wire, sent } = recordedWire();

    undelivered.connect(wire, 1, 1);

    expect(sent).toEqual(['20 bytes', '2:prepared']);
  });

  it('drops messages with their lease, and says again that the script wants the run to end', () => {
    const undelivered = new Undelivered();
    undelivered.send({ type: 'stop-test', reason: 'enough' });
    undelivered.send({ type: 'leaving' });
    undelivered.beginLease();
    undelivered.send({ type: 'ready' });
    const { wire, sent } = recordedWire();

    undelivered.connect(wire, 2, 0);

    expect(sent).toEqual(['1:stop-test', '2:ready']);
  });

  it('numbers messages from 1 for a new master process, which has seen none', () => {
    const undelivered = new Undelivered();
    undelivered.connect(recordedWire().wire, 1, 0);
    undelivered.send({ type: 'ready' });
    undelivered.send({ type: 'prepared' });
    undelivered.confirm(1);
    undelivered.disconnect();
    undelivered.beginWithNewMaster();
    const { wire, sent } = recordedWire();

    undelivered.connect(wire, 1, 0);

    expect(sent).toEqual(['1:prepared']);
  });
});
