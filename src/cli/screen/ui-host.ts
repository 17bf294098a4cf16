import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { messageOf } from '../../base/errors.ts';
import { EXIT_STATUS } from '../../base/exit-status.ts';
import type { RunState } from '../../stats/snapshot/run-snapshot.ts';
import type { UiHandle } from '../../ui/start-ui.tsx';
import { UI_CHILD_VARIABLE, type UiChildMessage } from '../process/parent-ui.ts';
import { onStopSignals } from '../process/signals.ts';
import type { Terminal } from '../process/terminal.ts';
import { type Attachment, attach } from './attach.ts';
import { openLiveScreen } from './live-screen.ts';

/**
 * Shows a run that has a process of its own: starts that process with the same command line, attaches to its
 * control API, draws, and hands on keys and signals. A slow, stopped or killed terminal cannot touch the run;
 * if this process dies, the run stops gracefully.
 *
 * @returns The exit status of the run.
 */
export function runUiHost(argv: readonly string[], terminal: Terminal): Promise<number> {
  return new UiHost(terminal).run(argv);
}

class UiHost {
  readonly #terminal: Terminal;
  #attachment: Attachment | undefined;
  #screen: UiHandle | undefined;
  #state: RunState = 'waiting';
  /** Resolves when nobody looks at the screen any more. */
  readonly #left: PromiseWithResolvers<void> = Promise.withResolvers();

  constructor(terminal: Terminal) {
    this.#terminal = terminal;
  }

  async run(argv: readonly string[]): Promise<number> {
    const child = startRun(argv);
    const output = collect(child.stdout);
    const errors = collect(child.stderr);
    const ended = once(child, 'close');
    const stopListening = onStopSignals({
      // The run decides what a first and a second signal mean.
      onFirst: () => child.kill('SIGTERM'),
      onFurther: () => child.kill('SIGTERM'),
    });
    child.on('message', (message) => {
      // Only parent-ui.ts sends messages.
      void this.#open(message as UiChildMessage);
    });
    try {
      await ended;
      // The finished screen stays for a moment, or until a key.
      if (this.#screen !== undefined && this.#state === 'finished') await this.#left.promise;
    } finally {
      stopListening();
      await this.#screen?.finish();
      this.#attachment?.close();
    }
    this.#terminal.err(errors());
    this.#terminal.out(output());
    return child.exitCode ?? EXIT_STATUS.couldNotRun;
  }

  async #open({ url, token }: UiChildMessage): Promise<void> {
    try {
      const attachment = await attach({ url, token });
      this.#attachment = attachment;
      attachment.subscribe(({ state }) => {
        this.#state = state;
      });
      this.#screen = openLiveScreen({
        attachment,
        token,
        isGuest: false,
        onQuit: () => this.#quit(),
        onError: (error) => this.#onScreenError(error),
      });
    } catch (error) {
      this.#onScreenError(error);
    }
  }

  #quit(): void {
    if (this.#state !== 'finished') {
      this.#attachment?.send({ type: this.#state === 'stopping' ? 'force-stop' : 'stop' });
    }
    this.#left.resolve();
    void this.#screen?.finish();
  }

  /** The run goes on without a screen; its summary comes at its end. */
  #onScreenError(error: unknown): void {
    this.#left.resolve();
    this.#terminal.err(
      `katydid: the screen cannot be drawn (${messageOf(error)}); the run goes on, Ctrl-C stops it\n`,
    );
  }
}

function startRun(argv: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, process.argv[1] ?? '', ...argv], {
    // In a session of its own the terminal's signals never reach the run.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { ...process.env, [UI_CHILD_VARIABLE]: '1' },
  });
}

/** The most output that is kept until the screen closes: a script on the master may print without end. */
const MAX_COLLECTED_CHARS = 4 * 1024 * 1024;

/** Keeps what a stream says until the screen is closed; if that is too much, only the end of it. */
function collect(stream: ChildProcess['stdout']): () => string {
  const chunks: string[] = [];
  let chars = 0;
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    chars += chunk.length;
    chunks.push(chunk);
    while (chars > MAX_COLLECTED_CHARS && chunks.length > 1) chars -= chunks.shift()?.length ?? 0;
  });
  return () => chunks.join('');
}
