import { ScriptError } from '../../base/errors.ts';
import { refuseForeignNames } from '../../base/foreign-names.ts';
import { processServices } from './script-process.ts';

/** What is called when an event fires; gets one object. May be async where the event is awaited. */
export type EventListener<Payload> = (payload: Payload) => unknown;

/**
 * Something that scripts may listen to. Make one of your own for events between parts of a script:
 * `export const ordered = new EventHook<{ id: number }>();`.
 */
export class EventHook<Payload> {
  readonly #name: string;
  readonly #listeners: EventListener<Payload>[] = [];
  /** Whether anybody listens. An event without listeners costs only this check. */
  isHeard = false;

  /** @param name - For reports of listeners that throw. */
  constructor(name = 'an event of the script') {
    this.#name = name;
  }

  /**
   * Has `listener` called each time; listeners are called in the order in which they were added.
   *
   * @returns The listener, for `removeListener`.
   * @throws {ScriptError} Where it is no function, or one that wants the fields as its arguments, as in Locust.
   */
  addListener<Listener extends EventListener<Payload>>(listener: Listener): Listener {
    if (typeof listener !== 'function') {
      throw new ScriptError(`${this.#name}: a listener is a function, found ${typeof listener}`);
    }
    if (wantsArguments(listener)) {
      const fields = this.#name === 'events.request' ? 'name, responseTime' : 'environment';
      throw new ScriptError(`${this.#name}: a listener gets one object, with all fields in it`, {
        hint: `Name what you want of it: \`addListener(({ ${fields} }) => { … })\`.`,
      });
    }
    this.#listeners.push(listener);
    this.isHeard = true;
    return listener;
  }

  /** Calls `listener` no more; one that was never added is fine. */
  removeListener(listener: EventListener<Payload>): void {
    const index = this.#listeners.indexOf(listener);
    if (index >= 0) this.#listeners.splice(index, 1);
    this.isHeard = this.#listeners.length > 0;
  }

  /** Calls no listener any more. */
  clear(): void {
    this.#listeners.length = 0;
    this.isHeard = false;
  }

  /** Calls all listeners. One that throws, or rejects later, is an exception in the report; never throws. */
  fire(payload: Payload): void {
    for (const listener of [...this.#listeners]) {
      try {
        const result = listener(payload);
        if (result instanceof Promise) result.catch((thrown: unknown) => this.#report(thrown));
      } catch (thrown) {
        this.#report(thrown);
      }
    }
  }

  /** Calls all listeners one after the other, waiting for each. Never rejects; see `fire`. */
  async fireAwaited(payload: Payload): Promise<void> {
    for (const listener of [...this.#listeners]) {
      try {
        await listener(payload);
      } catch (thrown) {
        this.#report(thrown);
      }
    }
  }

  #report(thrown: unknown): void {
    processServices().reportException(thrown, this.#name);
  }
}

refuseForeignNames(EventHook.prototype, 'an event', {
  add_listener: 'addListener',
  remove_listener: 'removeListener',
});

/** Whether a function is written for the fields one by one, or takes the one object for an environment. */
function wantsArguments(listener: EventListener<never>): boolean {
  if (listener.length > 1) return true;
  const text = Function.prototype.toString.call(listener);
  return /^(?:async\s*)?(?:function\s*[\w$]*\s*)?\(?\s*environment\d*\s*(?:\)|=>)/.test(text);
}
