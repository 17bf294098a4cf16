import type { Clock } from '../../base/clock.ts';
import type { ExchangeSink } from '../../measure/exchange-sink.ts';
import type { RequestTotals } from '../../measure/request-totals.ts';

/** JSON values: what messages, `setup` and options may be. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** What a script may know of the process that it is loaded in. */
export interface ProcessFacts {
  readonly role: 'master' | 'worker';
  /** 0-based; -1 on the master. */
  readonly workerIndex: number;
  readonly workerCount: number;
  /** The base URL as given by `--host`; empty where each class has its own. */
  readonly host: string;
  /** The run's options by their camelCase names, those of the load file included. */
  readonly options: Readonly<Record<string, unknown>>;
}

/** What the process does for the script that it has loaded. */
export interface ProcessServices {
  /** `undefined` where nothing is measured: the process only looks at the load file. */
  readonly clock: Clock | undefined;
  /** Where requests are recorded now; `undefined` where none are (the master, `katydid plan`). */
  sink(): ExchangeSink | undefined;
  /** Counts what the script threw outside of any task. @param where - Such as `events.init`. */
  reportException(thrown: unknown, where: string): void;
  /** Ends the run gracefully. */
  quit(reason: string): void;
  /**
   * Sends a message to the other side.
   *
   * @param to - A worker's id; `undefined` for all workers, or from a worker for the master.
   */
  send(name: string, data: JsonValue, to: string | undefined): void;
  /** A line for the run's log. */
  warn(text: string): void;
  /** The run's figures so far; `undefined` where this process does not know them. */
  totals(): RequestTotals | undefined;
}

const NO_FACTS: ProcessFacts = {
  role: 'master',
  workerIndex: -1,
  workerCount: 0,
  host: '',
  options: {},
};

/** What a process offers that only looks at a load file. */
export const NO_SERVICES: ProcessServices = {
  clock: undefined,
  sink: () => undefined,
  reportException: () => undefined,
  quit: () => undefined,
  send: () => undefined,
  warn: () => undefined,
  totals: () => undefined,
};

// A process runs one script, and the script imports `events` and `environment` as plain names, so
// what stands behind them belongs to the process.
let facts = NO_FACTS;
let services = NO_SERVICES;
let sharedData: unknown;
let exitCode: number | undefined;
const resets: (() => void)[] = [];

/**
 * Says what scripts that are loaded from now on find around them. Earlier listeners are forgotten.
 *
 * @default newServices NO_SERVICES
 */
export function enterProcess(
  newFacts: ProcessFacts,
  newServices: ProcessServices = NO_SERVICES,
): void {
  facts = newFacts;
  services = newServices;
  sharedData = undefined;
  exitCode = undefined;
  for (const reset of resets) reset();
}

/**
 * Corrects what the script is told, and replaces what it may do, without forgetting its listeners.
 *
 * @param newServices - `undefined`: as before.
 */
export function updateProcess(
  newFacts: Partial<ProcessFacts>,
  newServices?: ProcessServices,
): void {
  facts = { ...facts, ...newFacts };
  services = newServices ?? services;
}

/** Has `reset` called whenever another script is about to be loaded. */
export function onEnterProcess(reset: () => void): void {
  resets.push(reset);
}

/** What the script may know of its process. */
export function processFacts(): ProcessFacts {
  return facts;
}

/** What the process does for the script. */
export function processServices(): ProcessServices {
  return services;
}

/** What `setup` returned; `undefined` before, and without one. */
export function setupData(): unknown {
  return sharedData;
}

/** Keeps what `setup` returned. */
export function shareSetupData(data: unknown): void {
  sharedData = data;
}

/** The exit status that the script asks for; `undefined` where it leaves that to katydid. */
export function askedExitCode(): number | undefined {
  return exitCode;
}

/** Keeps the exit status that the script asks for. */
export function askExitCode(code: number | undefined): void {
  exitCode = code;
}
