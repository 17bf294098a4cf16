import { describe, expect, it } from 'vitest';
import { ControlServer } from '../../../src/master/control-server.ts';
import type { Transport } from '../../../src/protocol/channel/transport.ts';
import { parseControlFrame } from '../../../src/protocol/messages/control-frames.ts';
import { HistoryBuffer } from '../../../src/stats/snapshot/history-buffer.ts';
import type { HistoryRows } from '../../../src/stats/snapshot/run-snapshot.ts';
import { snapshotOf, updateOf } from '../../support/snapshots.ts';

/** A run whose second k has k requests. */
function rowsOf(seconds: readonly number[]): HistoryRows {
  const zeros = seconds.map(() => 0);
  const none = seconds.map(() => null);
  return {
    ...{ second: seconds, users: zeros, rps: seconds, failPs: zeros, inFlight: zeros },
    ...{ loopMax: zeros, p50: none, p95: none, p99: none, service95: none, lag99: none },
  };
}

const RUN = {
  carryOut: () => '',
  historyRows: (from: number, to: number) =>
    rowsOf(Array.from({ length: to - from }, (_, index) => from + index)),
};

/** The update at the end of second `historyEnd`, which has changed. */
function updateAt(historyEnd: number) {
  return { ...updateOf(snapshotOf()), historyEnd, changes: rowsOf([historyEnd]) };
}

/** A client that puts the history together from what it is sent, as `attach` does. */
function openClient() {
  const frames: string[] = [];
  const buffer = new HistoryBuffer();
  const line: Transport & { bufferedBytes: number } = {
    peer: 'client',
    bufferedBytes: 0,
    open: () => undefined,
    sendText: (text) => {
      frames.push(text);
      const frame = parseControlFrame(text);
      if (frame.type === 'history') buffer.take(frame.rows);
      if (frame.type === 'snapshot') buffer.take(frame.snapshot.changes);
    },
    sendBytes: () => undefined,
    close: () => undefined,
    terminate: () => undefined,
  };
  return { line, frames, seen: () => buffer.history().rps };
}

const upTo = (second: number): readonly number[] =>
  Array.from({ length: second + 1 }, (_, index) => index);

describe('ControlServer', () => {
  it('sends a client that comes late the history in pieces below 64 kB, and then what changes', () => {
    const server = new ControlServer(RUN);
    server.snapshot(updateAt(5000));
    const client = openClient();

    server.accept(client.line);
    server.snapshot(updateAt(5001));

    expect(client.seen()).toEqual(upTo(5001));
    expect(Math.max(...client.frames.map((text) => text.length))).toBeLessThan(64 * 1024);
  });

  it('sends a slow client what it has skipped, once it has caught up', () => {
    const server = new ControlServer(RUN);
    const client = openClient();
    server.accept(client.line);
    server.snapshot(updateAt(0));
    client.line.bufferedBytes = 2 * 1024 * 1024;
    for (let second = 1; second < 10; second += 1) server.snapshot(updateAt(second));
    const whileSlow = client.frames.length;

    client.line.bufferedBytes = 0;
    server.snapshot(updateAt(10));

    expect(whileSlow).toBe(1);
    expect(client.seen()).toEqual(upTo(10));
  });

  it('gives a client no more at once than it can take, and the rest with later updates', () => {
    const server = new ControlServer(RUN);
    server.snapshot(updateAt(5000));
    const client = openClient();
    const { sendText } = client.line;
    client.line.sendText = (text) => {
      sendText(text);
      client.line.bufferedBytes += 400_000;
    };

    server.accept(client.line);
    const first = client.frames.length;
    for (let second = 5001; second < 5020; second += 1) {
      client.line.bufferedBytes = 0;
      server.snapshot(updateAt(second));
    }

    expect(first).toBe(4);
    expect(client.seen()).toEqual(upTo(5019));
  });
});
