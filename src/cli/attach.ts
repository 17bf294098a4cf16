import { WebSocket } from 'ws';
import { KatydidError } from '../base/errors.ts';
import type { ControlCommand, ControlFrame, ControlRequest } from '../protocol/control-messages.ts';
import { CONTROL_PATH } from '../protocol/version.ts';
import type { RunSnapshot } from '../stats/run-snapshot.ts';

/** Where a master's control API is. */
export interface ControlAddress {
  /** `ws://host:port`. */
  readonly url: string;
  readonly token: string;
}

/** A connection to the control API of a running master. */
export interface Attachment {
  /** Calls back with every snapshot, the newest so far at once. */
  subscribe(listener: (snapshot: RunSnapshot) => void): () => void;
  /** Sends a command; what became of it is in the run's log. */
  send(command: ControlCommand): void;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
  close(): void;
}

/**
 * Attaches to a running master.
 *
 * @throws {KatydidError} `KAT_NO_MASTER` where it cannot be reached or does not want us.
 */
export function attach({ url, token }: ControlAddress): Promise<Attachment> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(new URL(CONTROL_PATH, url), {
      perMessageDeflate: false,
      headers: { authorization: `Bearer ${token}` },
    });
    const listeners = new Set<(snapshot: RunSnapshot) => void>();
    let latest: RunSnapshot | undefined;
    let nextId = 1;
    const closed = new Promise<void>((resolveClosed) => {
      socket.once('close', () => resolveClosed());
    });
    socket.on('error', (error) => {
      const message = `cannot attach to the master at ${url}: ${error.message}`;
      reject(new KatydidError('KAT_NO_MASTER', message, { cause: error }));
    });
    socket.on('message', (data) => {
      // From the master that we started or named; its frames are its own version's.
      const frame = JSON.parse(String(data)) as ControlFrame;
      if (frame.type !== 'snapshot') return;
      latest = frame.snapshot;
      for (const listener of listeners) listener(latest);
    });
    socket.once('open', () => {
      resolve({
        subscribe: (listener) => {
          listeners.add(listener);
          if (latest !== undefined) listener(latest);
          return () => listeners.delete(listener);
        },
        send: (command) => {
          if (socket.readyState !== socket.OPEN) return;
          socket.send(JSON.stringify({ id: nextId, command } satisfies ControlRequest));
          nextId += 1;
        },
        closed,
        close: () => socket.close(),
      });
    });
  });
}
