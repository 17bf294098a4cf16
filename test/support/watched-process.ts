import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

/** How long a process may take to end by itself after a signal, before it is killed. */
const END_GRACE_MS = 5000;

/** A process that ended. */
export interface EndedProcess {
  /** Exit status; `null` where a signal killed it. */
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Where a process is started. */
export interface ProcessPlace {
  readonly cwd?: string | undefined;
  /** All of its environment. */
  readonly env: NodeJS.ProcessEnv;
}

/** A process whose output is read while it runs: the base of all that tests and benches start. */
export class WatchedProcess {
  readonly #child: ChildProcess;
  readonly #listeners = new Set<() => void>();
  #stdout = '';
  #stderr = '';
  /** Resolves when it has ended and its output is closed. */
  readonly exit: Promise<EndedProcess>;

  /** @param command - The program and its arguments. */
  constructor([program = '', ...args]: readonly string[], { cwd, env }: ProcessPlace) {
    this.#child = spawn(program, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      this.#tell();
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
      this.#tell();
    });
    this.exit = new Promise((resolve) => {
      this.#child.once('close', (status) => {
        resolve({ status, stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  /** Its process id. */
  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** What it wrote to standard output so far. */
  get stdout(): string {
    return this.#stdout;
  }

  /** What it wrote to standard error so far. */
  get stderr(): string {
    return this.#stderr;
  }

  /** Whether it has not ended. */
  get isRunning(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  /** Sends a signal to it alone. */
  signal(name: NodeJS.Signals): void {
    this.#child.kill(name);
  }

  /** Asks it to end, and kills it where it does not within 5 s. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (!this.isRunning) return;
    // Not `exit`: its output stays open for as long as a process that it started lives.
    const ended = once(this.#child, 'exit');
    this.#child.kill(signal);
    const impatience = setTimeout(() => this.#child.kill('SIGKILL'), END_GRACE_MS);
    await ended;
    clearTimeout(impatience);
  }

  /**
   * Waits for a line on standard error.
   *
   * @returns The match.
   * @throws {TypeError} Where it ends without having said so.
   */
  said(pattern: RegExp): Promise<RegExpExecArray> {
    return new Promise((resolve, reject) => {
      const look = (): boolean => {
        const match = pattern.exec(this.#stderr);
        if (match === null) return false;
        this.#listeners.delete(look);
        resolve(match);
        return true;
      };
      if (look()) return;
      this.#listeners.add(look);
      void this.exit.then(({ status }) => {
        if (!look())
          reject(new TypeError(`ended with ${status}, not ${pattern}:\n${this.#stderr}`));
      });
    });
  }

  #tell(): void {
    for (const look of [...this.#listeners]) look();
  }
}
