import { type Instance, render } from 'ink';
import type { Clock } from '../base/clock.ts';
import type { RunSnapshot } from '../stats/snapshot/run-snapshot.ts';
import { App } from './app.tsx';
import type { Caps } from './model/text/caps.ts';
import type { RunCommand } from './model/text/command.ts';
import { UiStore } from './ui-store.ts';

/** Where snapshots come from. */
export interface SnapshotSource {
  /** Calls `listener` with each new snapshot, until the function that it returns is called. */
  subscribe(listener: (snapshot: RunSnapshot) => void): () => void;
}

/** What a screen needs. */
export interface UiOptions {
  readonly source: SnapshotSource;
  /** A terminal: see `canDrawScreen`. */
  readonly stdout: NodeJS.WriteStream;
  readonly stdin: NodeJS.ReadStream;
  readonly caps: Caps;
  readonly clock: Clock;
  /** What the reader asks of the run; after `quit` the caller calls {@link UiHandle.finish}. */
  readonly onCommand: (command: RunCommand) => void;
  /**
   * Called when the screen cannot go on. The terminal is restored by then, and the run goes on: the caller may
   * show it in plain lines.
   */
  readonly onError: (error: unknown) => void;
  /**
   * Ctrl-Z: called with the terminal restored; the screen comes back once its promise resolves.
   * Without it Ctrl-Z does nothing.
   */
  readonly onSuspend?: () => Promise<void>;
  /**
   * Milliseconds for which a finished screen stays before it asks to `quit`; null: until a key.
   *
   * @default 5000
   */
  readonly lingerMs?: number | null;
  /**
   * Whether the screen only looks on: `q` and Ctrl-C then close it without a question and without a stop.
   *
   * @default false
   */
  readonly isGuest?: boolean;
}

/** A screen that is open. */
export interface UiHandle {
  /**
   * Closes the screen: main screen, cursor and line mode are back when this resolves, and the tables
   * that were printed stand on standard output. May be called more than once.
   */
  finish(): Promise<void>;
}

/** Opens the live screen on the terminal's alternate screen. */
export function startUi(options: UiOptions): UiHandle {
  return new Ui(options);
}

class Ui implements UiHandle {
  readonly #options: UiOptions;
  readonly #store: UiStore;
  readonly #unsubscribe: () => void;
  #ink: Instance | null = null;
  #isFinished = false;

  constructor(options: UiOptions) {
    const { clock, onCommand, source, lingerMs = 5000, isGuest = false } = options;
    this.#options = options;
    this.#store = new UiStore({ clock, onCommand, lingerMs, isGuest });
    this.#unsubscribe = source.subscribe((snapshot) => this.#store.takeSnapshot(snapshot));
    this.#open();
  }

  async finish(): Promise<void> {
    if (this.#isFinished) return;
    this.#isFinished = true;
    this.#unsubscribe();
    this.#store.close();
    await this.#close();
    for (const table of this.#store.takeTables()) {
      await new Promise<void>((resolve) => {
        this.#options.stdout.write(`${table}\n`, () => resolve());
      });
    }
  }

  #open(): void {
    const { stdout, stdin, caps } = this.#options;
    const app = (
      <App
        store={this.#store}
        caps={caps}
        onSuspend={() => void this.#suspend().catch((error: unknown) => this.#crash(error))}
        onCrash={(error) => this.#crash(error)}
      />
    );
    const ink = render(app, {
      stdout,
      stdin,
      alternateScreen: true,
      exitOnCtrlC: false,
      patchConsole: false,
      maxFps: 10,
      incrementalRendering: true,
      // The caller has decided that there is a screen; Ink would draw nothing if `CI` is set.
      interactive: true,
    });
    this.#ink = ink;
    ink.waitUntilExit().catch((error: unknown) => this.#crash(error));
  }

  async #close(): Promise<void> {
    const ink = this.#ink;
    this.#ink = null;
    if (ink === null) return;
    ink.unmount();
    // An error has been reported when it came up.
    await ink.waitUntilExit().catch(() => undefined);
  }

  async #suspend(): Promise<void> {
    const { onSuspend } = this.#options;
    if (onSuspend === undefined || this.#ink === null) return;
    await this.#close();
    await onSuspend();
    if (!this.#isFinished) this.#open();
  }

  #crash(error: unknown): void {
    if (this.#isFinished) return;
    // Later, since this may be called in the middle of a rendering, which cannot be unmounted.
    queueMicrotask(() => {
      void this.finish().then(() => this.#options.onError(error));
    });
  }
}
