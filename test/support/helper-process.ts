import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** A process of the test's own in another network, which answers requests one after the other. */
export class HelperProcess {
  readonly #child: ChildProcess;
  readonly #answers: PromiseWithResolvers<unknown>[] = [];

  /**
   * @param file - In `test/support/processes`.
   * @param via - A command that becomes the one after it.
   */
  constructor(file: string, via: readonly string[], args: readonly string[] = []) {
    const path = fileURLToPath(new URL(`processes/${file}`, import.meta.url));
    const [command = '', ...rest] = [...via, process.execPath, path, ...args];
    this.#child = spawn(command, rest, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.#child.on('message', (answer) => this.#answers.shift()?.resolve(answer));
    this.#child.once('exit', (code) => {
      for (const { reject } of this.#answers) reject(new TypeError(`the helper ended: ${code}`));
    });
  }

  /** Sends a request and waits for its answer, of the form that the process is known to give. */
  async ask<T>(request: object): Promise<T> {
    const answer = Promise.withResolvers<unknown>();
    this.#answers.push(answer);
    this.#child.send(request);
    return (await answer.promise) as T; // by the contract of the process's own file
  }

  [Symbol.dispose](): void {
    this.#child.kill('SIGKILL');
  }
}
