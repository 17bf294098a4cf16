import { messageOf, ScriptError } from '../../base/errors.ts';
import { shortText } from '../../http/exchange/failure-name.ts';
import { type JsonValue, onEnterProcess, processServices } from './script-process.ts';

/** Longest message between master and workers, as JSON. */
const MAX_MESSAGE_BYTES: number = 64 * 1024;
const MAX_NAME_LENGTH = 200;

type MessageListener = (message: { readonly data: unknown; readonly from: string }) => unknown;

const listeners = new Map<string, MessageListener>();
onEnterProcess(() => listeners.clear());

/** What `runner.registerMessage` does. */
export function registerMessage(name: string, listener: MessageListener): void {
  requireName(name);
  if (typeof listener !== 'function') {
    throw new ScriptError(
      `registerMessage '${name}': expected a function, found ${typeof listener}`,
    );
  }
  listeners.set(name, listener);
}

/** What `runner.sendMessage` does. */
export function sendMessage(name: string, data: JsonValue = null, worker?: string): void {
  requireName(name);
  processServices().send(name, plainJson(data, `sendMessage '${name}'`, MAX_MESSAGE_BYTES), worker);
}

/** Hands a message that arrived to its listener; a message without a listener is logged. */
export function receiveMessage(name: string, data: unknown, from: string): void {
  const listener = listeners.get(name);
  if (listener === undefined) {
    processServices().warn(
      `a message '${shortText(name)}' from ${from}: no function is registered for it`,
    );
    return;
  }
  const report = (thrown: unknown): void =>
    processServices().reportException(thrown, `message '${name}'`);
  try {
    const result = listener({ data, from });
    if (result instanceof Promise) result.catch(report);
  } catch (thrown) {
    report(thrown);
  }
}

/**
 * `data` as JSON carries it.
 *
 * @param what - For the message.
 * @throws {ScriptError} Where it cannot be JSON, or is longer than `maxBytes`.
 */
export function plainJson(data: unknown, what: string, maxBytes: number): JsonValue {
  let text: string | undefined;
  try {
    text = JSON.stringify(data ?? null);
  } catch (cause) {
    throw new ScriptError(`${what}: the data cannot be written as JSON: ${messageOf(cause)}`, {
      cause,
    });
  }
  if (text === undefined) throw new ScriptError(`${what}: a ${typeof data} cannot be JSON`);
  const bytes = Buffer.byteLength(text);
  if (bytes > maxBytes) {
    throw new ScriptError(
      `${what}: the data has ${Math.ceil(bytes / 1024)} kB as JSON, at most ${maxBytes / 1024} kB travel`,
    );
  }
  return JSON.parse(text);
}

function requireName(name: unknown): void {
  if (typeof name === 'string' && name !== '' && name.length <= MAX_NAME_LENGTH) return;
  throw new ScriptError(`a message's name is a text of 1 to ${MAX_NAME_LENGTH} characters`);
}
