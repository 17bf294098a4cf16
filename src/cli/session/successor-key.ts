import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { RunObserver } from '../../master/record/run-observer.ts';
import type { RunKey, RunKeyChange } from '../../protocol/files/run-key.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import { bootId } from '../../store/file/run-owner.ts';
import { RunKeyFile } from './run-key-file.ts';

/** Keeps the key up to date with which another process could carry the run on. */
export class SuccessorKey implements RunObserver {
  #file: RunKeyFile | undefined;
  readonly #warn: (text: string) => void;

  /** Writes the key beside the run file. @throws {KatydidError} Where it cannot be written. */
  constructor(runFile: string, key: RunKey, warn: (text: string) => void) {
    this.#file = new RunKeyFile(runFile, key);
    this.#warn = warn;
  }

  /** Another process has to listen on the same port, for workers come back to it. */
  listening(port: number): void {
    this.#add({ port });
  }

  setUp(data: Json): void {
    this.#add({ setup: { data } });
  }

  starting(startUs: number): void {
    const leadMs = (startUs - systemClock.nowUs()) / 1000;
    const epochMs = systemClock.epochMs() + leadMs;
    this.#add({ start: { monotonicUs: startUs, bootId: bootId() ?? null, epochMs } });
  }

  /** Takes the key away: nobody is to carry the run on. */
  remove(): void {
    this.#file?.remove();
    this.#file = undefined;
  }

  /** With a key that is out of date the run would be carried on wrongly: then none is better. */
  #add(change: RunKeyChange): void {
    try {
      this.#file?.add(change);
    } catch (error) {
      this.remove();
      this.#warn(`this run cannot be resumed: ${messageOf(error)}`);
    }
  }
}
