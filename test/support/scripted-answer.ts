import { createServer, type Socket } from 'node:net';
import { systemClock } from '../../src/base/clock.ts';
import type { HttpEngine } from '../../src/http/exchange/engine.ts';
import { HttpSession } from '../../src/http/http-session.ts';
import { RecordingSink } from './recording-sink.ts';

/** What a client made of an answer, as far as engines must agree. */
export interface Verdict {
  readonly status: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** What stands before the colon: engines word their reasons differently. */
  readonly error: string | undefined;
}

/** A server that gives each request the bytes that were asked for, in the pieces asked for, and closes. */
export class ScriptedServer implements AsyncDisposable {
  baseUrl = '';
  #pieces: readonly Buffer[] = [];
  readonly #sockets = new Set<Socket>();
  readonly #server = createServer({ noDelay: true }, (socket) => {
    this.#sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.once('data', () => void this.#answer(socket));
  });

  async listen(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    const address = this.#server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    this.baseUrl = `http://127.0.0.1:${address.port}`;
    return this;
  }

  /** What a fresh user of `engine` makes of these pieces. */
  async verdictOf(engine: HttpEngine, pieces: readonly Buffer[], method = 'GET'): Promise<Verdict> {
    this.#pieces = pieces;
    const sink = new RecordingSink();
    const session = new HttpSession({ sink, engine, clock: systemClock, baseUrl: this.baseUrl });
    const answer = await session.request(method, '/', { timeout: 5, redirect: 'manual' });
    session.dispose();
    const isBroken = answer.error !== undefined && !answer.error.startsWith('HTTP ');
    return {
      status: isBroken ? 0 : answer.status,
      headers: isBroken ? [] : [...answer.headers].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
      body: isBroken ? '' : Buffer.from(answer.bytes()).toString('latin1'),
      error: answer.error?.split(':')[0],
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(socket: Socket): Promise<void> {
    for (const piece of this.#pieces) {
      socket.write(piece);
      // A turn of its own for each, so that it mostly arrives by itself.
      await new Promise((resolve) => setImmediate(resolve));
    }
    socket.end();
  }
}
