import type { Clock, TimerHandle } from '../base/clock.ts';
import type { RunSnapshot } from '../stats/snapshot/run-snapshot.ts';
import { type KeyEffect, onKey, onPaste } from './model/keys/on-key.ts';
import { onSnapshot } from './model/state/on-snapshot.ts';
import { INITIAL_STATE, type UiState } from './model/state/ui-state.ts';
import type { RunCommand, UiCommand } from './model/text/command.ts';
import type { KeyPress } from './model/text/key-press.ts';
import { tableText } from './model/views/table-text.ts';

/** What the screen is drawn from at one instant. */
export interface UiContent {
  /** Null until the first one has arrived. */
  readonly snapshot: RunSnapshot | null;
  readonly state: UiState;
}

/** What a store is made with. */
export interface UiStoreOptions {
  readonly clock: Clock;
  readonly onCommand: (command: RunCommand) => void;
  /** Milliseconds for which a finished screen stays before it asks to be closed; null: for ever. */
  readonly lingerMs: number | null;
  /** Whether closing the screen leaves the run alone. @default false */
  readonly isGuest?: boolean;
}

const NOTICE_MS = 3000;
/** Printed tables that are kept; a further one takes the place of the oldest. */
const MOST_TABLES = 20;

/**
 * The screen's memory: it takes snapshots and keys, keeps the newest content for drawing, and hands on the
 * commands for the run. It knows nothing of terminals.
 */
export class UiStore {
  readonly #clock: Clock;
  readonly #onCommand: (command: RunCommand) => void;
  readonly #lingerMs: number | null;
  readonly #listeners: Set<() => void> = new Set();
  readonly #tables: string[] = [];
  #content: UiContent = { snapshot: null, state: INITIAL_STATE };
  #noticeTimer: TimerHandle | undefined;
  #closingTimer: TimerHandle | undefined;
  #hasFinished = false;

  constructor(options: UiStoreOptions) {
    this.#clock = options.clock;
    this.#onCommand = options.onCommand;
    this.#lingerMs = options.lingerMs;
    this.#setState({ isGuest: options.isGuest === true });
  }

  /** The newest content; the same object until something changes. */
  readonly content = (): UiContent => this.#content;

  /** Calls `listener` after each change, until the function that it returns is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Takes a snapshot, unless it is older than the newest one of the same run. */
  takeSnapshot(snapshot: RunSnapshot): void {
    const previous = this.#content.snapshot;
    if (previous !== null && snapshot.runId === previous.runId && snapshot.seq < previous.seq)
      return;
    this.#set({ snapshot, state: onSnapshot(this.#content.state, snapshot, previous) });
    if (snapshot.state === 'finished' && !this.#hasFinished) {
      this.#hasFinished = true;
      if (this.#lingerMs !== null) this.#countDown(Math.ceil(this.#lingerMs / 1000));
    }
  }

  /** Takes a key, as Ink reports it. */
  takeKey(input: string, key: KeyPress): void {
    const { snapshot, state } = this.#content;
    if (snapshot === null) {
      // No other key means anything before the first snapshot, but leaving must always work.
      const isInterrupt = key.ctrl === true && input === 'c';
      if (isInterrupt && !this.#content.state.isGuest) this.#onCommand({ type: 'interrupt' });
      if (isInterrupt || input === 'q') this.#onCommand({ type: 'quit' });
      return;
    }
    this.#apply(onKey(state, input, key, snapshot));
  }

  /** Takes pasted text. */
  takePaste(text: string): void {
    this.#apply(onPaste(this.#content.state, text));
  }

  /** The tables that were printed, oldest first, to be written once the screen is closed. */
  takeTables(): string[] {
    return this.#tables.splice(0);
  }

  /** Stops its timers. */
  close(): void {
    this.#clock.clearTimer(this.#noticeTimer);
    this.#clock.clearTimer(this.#closingTimer);
    this.#listeners.clear();
  }

  #apply({ state, commands }: KeyEffect): void {
    this.#set({ ...this.#content, state });
    for (const command of commands) this.#perform(command);
  }

  #perform(command: UiCommand): void {
    if (command.type !== 'print') {
      this.#onCommand(command);
      return;
    }
    const { snapshot, state } = this.#content;
    if (snapshot === null) return;
    this.#tables.push(tableText(state.frozen ?? snapshot));
    if (this.#tables.length > MOST_TABLES) this.#tables.shift();
    this.#notify('table will be printed at exit');
  }

  #notify(notice: string): void {
    this.#setState({ notice });
    this.#clock.clearTimer(this.#noticeTimer);
    this.#noticeTimer = this.#clock.setTimer(NOTICE_MS, () => this.#setState({ notice: null }));
  }

  #countDown(seconds: number): void {
    if (this.#content.state.isKept) {
      this.#setState({ closingInS: null });
      return;
    }
    if (seconds <= 0) {
      this.#onCommand({ type: 'quit' });
      return;
    }
    this.#setState({ closingInS: seconds });
    this.#closingTimer = this.#clock.setTimer(1000, () => this.#countDown(seconds - 1));
  }

  #setState(change: Partial<UiState>): void {
    this.#set({ ...this.#content, state: { ...this.#content.state, ...change } });
  }

  #set(content: UiContent): void {
    this.#content = content;
    for (const listener of this.#listeners) listener();
  }
}
