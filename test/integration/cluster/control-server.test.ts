import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { ControlServer } from '../../../src/master/control-server.ts';
import { HistoryBuffer } from '../../../src/stats/snapshot/history-buffer.ts';
import { atEnd } from '../../support/at-end.ts';
import { openedHub } from '../../support/opened-hub.ts';
import { NO_ROWS, snapshotOf, updateOf } from '../../support/snapshots.ts';

const NO_SECONDS = new HistoryBuffer().history();
const NO_HISTORY = { historyRows: () => NO_ROWS };

function openClient(url: string): WebSocket {
  const client = new WebSocket(url);
  atEnd(() => client.terminate());
  client.on('error', () => undefined);
  return client;
}

describe('the control server', () => {
  async function openControl(carryOut = (command: { type: string }) => `did ${command.type}`) {
    const control = new ControlServer({ ...NO_HISTORY, carryOut });
    const { url } = await openedHub({ onControl: (transport) => control.accept(transport) });
    const client = openClient(`${url}/control`);
    const frames: { type: string; [key: string]: unknown }[] = [];
    client.on('message', (data) => frames.push(JSON.parse(String(data))));
    await once(client, 'open');
    return { control, client, frames };
  }

  it('answers each command by its number, and failures in words', async () => {
    const { client, frames } = await openControl((command) => {
      if (command.type === 'reset') throw new Error('no run is on');
      return `did ${command.type}`;
    });
    client.send(JSON.stringify({ id: 7, command: { type: 'stop' } }));
    client.send(JSON.stringify({ id: 8, command: { type: 'reset' } }));
    while (frames.length < 2) await once(client, 'message');
    expect(frames).toEqual([
      { type: 'result', id: 7, ok: true, message: 'did stop' },
      { type: 'result', id: 8, ok: false, message: 'no run is on' },
    ]);
  });

  it.each([
    ['no JSON', 'stop'],
    ['a command that it does not know', '{"id":1,"command":{"type":"rm"}}'],
    ['a rate of 0', '{"id":1,"command":{"type":"set-spawn-rate","spawnRate":0}}'],
    ['part of a user', '{"id":1,"command":{"type":"set-users","users":1.5}}'],
    ['too many users', '{"id":1,"command":{"type":"set-users","users":1000001}}'],
  ])('refuses %s and closes', async (_what, text) => {
    const { client, frames } = await openControl();
    const closed = once(client, 'close');
    client.send(text);
    await closed;
    expect(frames).toEqual([expect.objectContaining({ type: 'result', ok: false })]);
  });

  it('shows the newest snapshot to whoever attaches, and each further one', async () => {
    const control = new ControlServer({ ...NO_HISTORY, carryOut: () => '' });
    const { url } = await openedHub({ onControl: (transport) => control.accept(transport) });
    control.snapshot(
      updateOf({ ...snapshotOf({ state: 'waiting' }), seq: 41, history: NO_SECONDS }),
    );
    const client = openClient(`${url}/control`);
    const [first] = await once(client, 'message');
    expect(JSON.parse(String(first))).toMatchObject({ type: 'snapshot', snapshot: { seq: 41 } });
    control.snapshot(updateOf({ ...snapshotOf(), seq: 42 }));
    const [second] = await once(client, 'message');
    expect(JSON.parse(String(second))).toMatchObject({ snapshot: { seq: 42 } });
    const closed = once(client, 'close');
    control.close();
    await closed;
  });

  it('lets a client that does not read skip snapshots, and drops one that only asks', () => {
    const control = new ControlServer({ ...NO_HISTORY, carryOut: () => 'done' });
    const sent: string[] = [];
    let ended = 0;
    let ask: (text: string) => void = () => undefined;
    const slow = {
      peer: 'slow',
      bufferedBytes: 2 * 1024 * 1024,
      open: (handler: { onText: (text: string) => void }) => {
        ask = handler.onText;
      },
      sendText: (text: string) => sent.push(text),
      sendBytes: () => undefined,
      close: () => undefined,
      terminate: () => {
        ended += 1;
      },
    };
    control.accept(slow);
    control.snapshot(updateOf(snapshotOf()));
    expect(sent).toEqual([]);
    ask('{"id":1,"command":{"type":"stop"}}');
    expect(sent).toHaveLength(1);
    slow.bufferedBytes = 9 * 1024 * 1024;
    ask('{"id":2,"command":{"type":"stop"}}');
    expect([sent.length, ended]).toEqual([1, 1]);
  });
});
