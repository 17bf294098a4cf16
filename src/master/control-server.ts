import { messageOf, ProtocolError } from '../base/errors.ts';
import type { Transport } from '../protocol/channel/transport.ts';
import {
  type ControlCommand,
  type ControlFrame,
  parseControlRequest,
} from '../protocol/messages/control-messages.ts';
import type { RunSnapshot } from '../stats/snapshot/run-snapshot.ts';
import type { RunObserver } from './record/run-observer.ts';

/** A client with more than this unsent is slow, and skips snapshots until it has caught up. */
const MAX_BUFFERED_BYTES = 1024 * 1024;
/** On loopback a client needs no proof, and each one costs memory and time. */
const MAX_CLIENTS = 64;
/** A client that goes on asking without reading the answers is dropped. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

/**
 * Serves the terminal UI and `ctl`: each gets the newest snapshot once a second and may send
 * commands. A slow client skips snapshots; none can hold up the run.
 */
export class ControlServer implements RunObserver {
  readonly #clients = new Set<Transport>();
  readonly #carryOut: (command: ControlCommand) => string;
  #latest: RunSnapshot | undefined;

  /** @param carryOut - Does what a command says; returns what was done, throws where it cannot be. */
  constructor(carryOut: (command: ControlCommand) => string) {
    this.#carryOut = carryOut;
  }

  /** Takes over an authenticated connection; of more than 64 at once, drops it. */
  accept(client: Transport): void {
    if (this.#clients.size >= MAX_CLIENTS) {
      client.terminate();
      return;
    }
    this.#clients.add(client);
    client.open({
      onText: (text) => this.#onText(client, text),
      onBytes: () => client.terminate(),
      onClose: () => this.#clients.delete(client),
    });
    if (this.#latest !== undefined) send(client, { type: 'snapshot', snapshot: this.#latest });
  }

  /** Shows a new snapshot to everybody. */
  snapshot(snapshot: RunSnapshot): void {
    this.#latest = snapshot;
    if (this.#clients.size === 0) return;
    const text = JSON.stringify({ type: 'snapshot', snapshot } satisfies ControlFrame);
    for (const client of this.#clients) {
      if (client.bufferedBytes < MAX_BUFFERED_BYTES) client.sendText(text);
    }
  }

  /** Ends all connections in good order. */
  close(): void {
    for (const client of this.#clients) client.close('the run is over');
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
      send(client, { type: 'result', id, ok: true, message: this.#carryOut(request.command) });
    } catch (error) {
      send(client, { type: 'result', id, ok: false, message: messageOf(error) });
      if (error instanceof ProtocolError) client.close('not understood');
    }
  }
}

function send(client: Transport, frame: ControlFrame): void {
  client.sendText(JSON.stringify(frame));
}
