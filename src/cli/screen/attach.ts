import type { WebSocket } from 'ws';
import { KatydidError, messageOf } from '../../base/errors.ts';
import { CONTROL_PATH } from '../../protocol/channel/version.ts';
import { dialMaster } from '../../protocol/join/dial-master.ts';
import { parseControlFrame } from '../../protocol/messages/control-frames.ts';
import type {
  ControlCommand,
  ControlFrame,
  ControlRequest,
} from '../../protocol/messages/control-messages.ts';
import { HistoryBuffer } from '../../stats/snapshot/history-buffer.ts';
import type { RunSnapshot, RunUpdate } from '../../stats/snapshot/run-snapshot.ts';

/** Far more than the snapshot of a run with a million users and thousands of names. */
const MAX_INCOMING_BYTES = 16 * 1024 * 1024;

/** Where a master's control API is. */
export interface ControlAddress {
  /** `ws://host:port` or `wss://host:port`. */
  readonly url: string;
  /** Without a token only a master bound to loopback lets us in. */
  readonly token: string | undefined;
}

/** What became of a command. */
export interface CommandResult {
  readonly ok: boolean;
  /** What was done, or why it could not be. */
  readonly message: string;
}

/** A connection to the control API of a running master. */
export interface Attachment {
  /** Calls `listener` with every snapshot, and at once with the newest one so far. */
  subscribe(listener: (snapshot: RunSnapshot) => void): () => void;
  /** Sends a command; the run's log tells what became of it. */
  send(command: ControlCommand): void;
  /** Sends a command and waits for its result, which is not `ok` if the connection ends first. */
  ask(command: ControlCommand): Promise<CommandResult>;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  close(): void;
}

/**
 * Attaches to a running master.
 *
 * @throws {KatydidError} `KAT_NO_MASTER` where it cannot be reached, `KAT_REFUSED` where it does not let us in.
 */
export async function attach({ url, token }: ControlAddress): Promise<Attachment> {
  try {
    const options = { url, token, path: CONTROL_PATH, maxIncomingBytes: MAX_INCOMING_BYTES };
    return new SocketAttachment(await dialMaster(options));
  } catch (error) {
    if (error instanceof KatydidError && error.code === 'KAT_REFUSED') throw error;
    throw new KatydidError('KAT_NO_MASTER', `no master answers at ${url}: ${messageOf(error)}`, {
      hint: 'Is a run under way there? --master HOST:PORT names another place.',
      cause: error,
    });
  }
}

class SocketAttachment implements Attachment {
  readonly #socket: WebSocket;
  readonly #listeners = new Set<(snapshot: RunSnapshot) => void>();
  readonly #history = new HistoryBuffer();
  readonly #asked = new Map<number, (result: CommandResult) => void>();
  readonly closed: Promise<void>;
  #latest: RunSnapshot | undefined;
  #nextId = 1;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.once('close', () => {
        for (const answer of this.#asked.values()) answer(CONNECTION_GONE);
        this.#asked.clear();
        resolve();
      });
    });
    socket.on('message', (data) => this.#take(String(data)));
    socket.resume();
  }

  subscribe(listener: (snapshot: RunSnapshot) => void): () => void {
    this.#listeners.add(listener);
    if (this.#latest !== undefined) listener(this.#latest);
    return () => this.#listeners.delete(listener);
  }

  send(command: ControlCommand): void {
    this.#request(command);
  }

  ask(command: ControlCommand): Promise<CommandResult> {
    const id = this.#request(command);
    if (id === undefined) return Promise.resolve(CONNECTION_GONE);
    return new Promise((resolve) => this.#asked.set(id, resolve));
  }

  close(): void {
    this.#socket.close();
  }

  #request(command: ControlCommand): number | undefined {
    if (this.#socket.readyState !== this.#socket.OPEN) return undefined;
    const id = this.#nextId;
    this.#nextId += 1;
    this.#socket.send(JSON.stringify({ id, command } satisfies ControlRequest));
    return id;
  }

  #take(text: string): void {
    let frame: ControlFrame;
    try {
      frame = parseControlFrame(text);
    } catch {
      // This is another version, or no master at all: nothing that it says can be relied on.
      this.#socket.terminate();
      return;
    }
    if (frame.type === 'result') {
      this.#asked.get(frame.id)?.({ ok: frame.ok, message: frame.message });
      this.#asked.delete(frame.id);
      return;
    }
    if (frame.type === 'history') this.#history.take(frame.rows);
    else this.#show(frame.snapshot);
  }

  #show({ changes, historyEnd: _, ...figures }: RunUpdate): void {
    this.#history.take(changes);
    const snapshot = { ...figures, history: this.#history.history() };
    this.#latest = snapshot;
    for (const listener of this.#listeners) listener(snapshot);
  }
}

const CONNECTION_GONE: CommandResult = {
  ok: false,
  message: 'the connection to the master is gone',
};
