import { messageOf, ProtocolError } from '../base/errors.ts';
import type { Transport } from '../protocol/channel/transport.ts';
import {
  type ControlCommand,
  type ControlFrame,
  parseControlRequest,
} from '../protocol/messages/control-messages.ts';
import type { HistoryRows, RunUpdate } from '../stats/snapshot/run-snapshot.ts';
import type { RunObserver } from './record/run-observer.ts';

/** A client with more than this unsent is slow, and skips snapshots until it has caught up. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** The most clients at once: on loopback they need no proof, and each one costs memory and time. */
const MAX_CLIENTS = 64;
/** A client that goes on asking without reading the answers is dropped. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

/** Seconds of the history in one frame: below 64 kB. */
const ROWS_OF_FRAME = 400;

/** The run as its control clients reach it. */
export interface ControlledRun {
  /** Does what a command says. @returns What was done. @throws Where it cannot be done. */
  carryOut(command: ControlCommand): string;
  /** The seconds [from, to) of its history. */
  historyRows(from: number, to: number): HistoryRows;
}

/** A client, and the seconds [from, to) of the history that it has not been sent. */
interface ControlClient {
  readonly line: Transport;
  lacksFrom: number;
  lacksTo: number;
}

/**
 * Serves the terminal UI and `ctl`: each gets the newest update once a second and may send commands. An
 * update carries what has changed in the history; what was before is sent to a new client in pieces. A slow
 * client skips updates, and is sent later what it lacks of the history; none can hold up the run.
 */
export class ControlServer implements RunObserver {
  readonly #clients = new Set<ControlClient>();
  readonly #run: ControlledRun;
  #latest: RunUpdate | undefined;

  /** @param run - What commands and the history come from. */
  constructor(run: ControlledRun) {
    this.#run = run;
  }

  /** Takes over an authenticated connection; drops it where there are 64 already. */
  accept(line: Transport): void {
    if (this.#clients.size >= MAX_CLIENTS) {
      line.terminate();
      return;
    }
    const latest = this.#latest;
    const client = { line, lacksFrom: 0, lacksTo: (latest?.historyEnd ?? -1) + 1 };
    this.#clients.add(client);
    line.open({
      onText: (text) => this.#onText(line, text),
      onBytes: () => line.terminate(),
      onClose: () => this.#clients.delete(client),
    });
    if (latest === undefined) return;
    this.#sendHistory(client);
    send(line, { type: 'snapshot', snapshot: latest });
  }

  /** Shows a new snapshot to everybody. */
  snapshot(snapshot: RunUpdate): void {
    this.#latest = snapshot;
    if (this.#clients.size === 0) return;
    const text = JSON.stringify({ type: 'snapshot', snapshot } satisfies ControlFrame);
    for (const client of this.#clients) {
      if (client.line.bufferedBytes < MAX_BUFFERED_BYTES) {
        this.#sendHistory(client);
        client.line.sendText(text);
      } else {
        client.lacksFrom = Math.min(client.lacksFrom, ...snapshot.changes.second);
        client.lacksTo = Math.max(client.lacksTo, snapshot.historyEnd + 1);
      }
    }
  }

  /** Ends all connections in good order. */
  close(): void {
    for (const { line } of this.#clients) line.close('the run is over');
  }

  /** Sends as much of what the client lacks as it can take now; the rest goes with the next update. */
  #sendHistory(client: ControlClient): void {
    while (client.lacksFrom < client.lacksTo && client.line.bufferedBytes < MAX_BUFFERED_BYTES) {
      const to = Math.min(client.lacksTo, client.lacksFrom + ROWS_OF_FRAME);
      send(client.line, { type: 'history', rows: this.#run.historyRows(client.lacksFrom, to) });
      client.lacksFrom = to;
    }
    // The client lacks nothing any more; the next update that it skips says what it lacks then.
    if (client.lacksFrom >= client.lacksTo) client.lacksFrom = Number.POSITIVE_INFINITY;
  }

  #onText(client: Transport, text: string): void {
    if (client.bufferedBytes > MAX_UNREAD_BYTES) {
      client.terminate();
      return;
    }
    let id = 0;
    try {
      const request = parseControlRequest(text);
      id = request.id;
      send(client, { type: 'result', id, ok: true, message: this.#run.carryOut(request.command) });
    } catch (error) {
      send(client, { type: 'result', id, ok: false, message: messageOf(error) });
      if (error instanceof ProtocolError) client.close('not understood');
    }
  }
}

function send(client: Transport, frame: ControlFrame): void {
  client.sendText(JSON.stringify(frame));
}
