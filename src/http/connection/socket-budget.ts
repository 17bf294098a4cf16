import type { Socket } from 'node:net';

/** Says what the operating system would say, by its name. */
function tooManyFiles(): Error {
  return Object.assign(new Error('too many open files'), { code: 'EMFILE', syscall: 'connect' });
}

/**
 * How many sockets the users of a process may have open at once: fewer than the process may have files,
 * so that it can still talk to its master and write what it must. Beyond, connecting fails as it would by
 * the operating system: `EMFILE`, nothing sent.
 */
export class SocketBudget {
  readonly #max: number;
  #open = 0;
  /** One for all sockets, which close once: a closure for each would be memory of each user. */
  readonly #closed = (): void => {
    this.#open -= 1;
  };

  /** @param max - Sockets at once. @default no limit */
  constructor(max: number = Number.POSITIVE_INFINITY) {
    this.#max = max;
  }

  /**
   * Opens a socket that counts until it is closed.
   *
   * @throws Error `EMFILE` where there are as many as may be; else whatever `open` throws.
   */
  spend(open: () => Socket): Socket {
    if (this.#open >= this.#max) throw tooManyFiles();
    const socket = open();
    if (this.#max === Number.POSITIVE_INFINITY) return socket;
    this.#open += 1;
    socket.on('close', this.#closed);
    return socket;
  }
}
