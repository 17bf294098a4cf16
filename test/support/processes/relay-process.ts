import { connect, createServer, type Socket } from 'node:net';

/*
 * A slow and unreliable line to one place: `node relay-process.ts HOST TARGET-HOST TARGET-PORT`. Each
 * message says how it is from now on, and is answered with `{ port, connections }`.
 */
interface RelayState {
  /** Each piece of data is held for this long, and up to `jitterMs` longer; the order stays. */
  readonly delayMs: number;
  readonly jitterMs: number;
  /** Nothing passes, and nobody is told. */
  readonly isStalled: boolean;
  /** Forgets all present connections on the worker's side without a word: they are half open. */
  readonly halfOpen?: boolean;
}

const [, , host = '127.0.0.1', targetHost = '', targetPort = ''] = process.argv;
let state: RelayState = { delayMs: 0, jitterMs: 0, isStalled: false };
let connections = 0;
let lines: Line[] = [];

/** One direction of a connection. */
class Line {
  readonly #to: Socket;
  readonly #held: { readonly bytes: Buffer; readonly dueMs: number }[] = [];
  isDead = false;

  constructor(from: Socket, to: Socket) {
    this.#to = to;
    from.on('data', (bytes: Buffer) => {
      const wantedMs = performance.now() + state.delayMs + Math.random() * state.jitterMs;
      const dueMs = Math.max(wantedMs, this.#held.at(-1)?.dueMs ?? 0);
      this.#held.push({ bytes, dueMs });
    });
    from.on('error', () => undefined);
    from.on('close', () => {
      if (!this.isDead) to.destroy();
    });
  }

  /** Lets through what is due. */
  pass(): void {
    while (!state.isStalled && !this.isDead) {
      const [next] = this.#held;
      if (next === undefined || next.dueMs > performance.now()) return;
      this.#held.shift();
      this.#to.write(next.bytes);
    }
  }
}

const server = createServer((inner) => {
  connections += 1;
  const outer = connect({ host: targetHost, port: Number(targetPort) });
  const both = [new Line(inner, outer), new Line(outer, inner)];
  lines = [...lines, ...both];
  inner.on('close', () => {
    lines = lines.filter((line) => !both.includes(line));
  });
});

setInterval(() => {
  for (const line of lines) line.pass();
}, 5);

server.listen(0, host, () => {
  process.on('message', (message: RelayState) => {
    state = message;
    if (message.halfOpen === true) {
      for (const line of lines) line.isDead = true;
    }
    const place = server.address();
    const port = typeof place === 'object' ? place?.port : 0;
    process.send?.({ port, connections });
  });
});
process.on('disconnect', () => process.exit());
