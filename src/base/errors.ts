import { isError, textOf, UNREADABLE } from './thrown.ts';

/** Says who has to act, and which exit status follows; see `docs/errors.md`. */
export type ErrorCode =
  | 'KAT_USAGE'
  | 'KAT_SCRIPT'
  | 'KAT_PORT'
  | 'KAT_REFUSED'
  | 'KAT_NO_MASTER'
  | 'KAT_NO_WORKERS'
  | 'KAT_PROTOCOL'
  | 'KAT_RESOURCES'
  | 'KAT_OUTPUT'
  | 'KAT_DISK_FULL'
  | 'KAT_STORE'
  | 'KAT_RUN_FILE'
  | 'KAT_SALVAGE'
  | 'KAT_RESUME'
  | 'KAT_RESPONSE'
  | 'KAT_CUT'
  | 'KAT_INTERNAL';

/** What an error carries besides its message. */
export interface ErrorDetails {
  /** What the reader can do next, one sentence. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/**
 * An error that katydid explains to the person in front of it. The message says what was tried, on what,
 * and what was found; the hint says what to do next. Test on `code`, never on the class: a user's project may
 * load a second copy of the package.
 */
export class KatydidError extends Error {
  readonly code: ErrorCode;
  readonly hint: string | undefined;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = new.target.name;
    this.code = code;
    this.hint = details.hint;
  }
}

/** The command line, the environment or the configuration file says something that cannot be done. */
export class UsageError extends KatydidError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('KAT_USAGE', message, details);
  }
}

/** The load file does not load, or declares something that cannot be run. */
export class ScriptError extends KatydidError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('KAT_SCRIPT', message, details);
  }
}

/** The other end of a connection said something that this version does not understand. */
export class ProtocolError extends KatydidError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('KAT_PROTOCOL', message, details);
  }
}

/** A mistake of katydid's own: an invariant does not hold. */
export class InternalError extends KatydidError {
  constructor(message: string, details: ErrorDetails = {}) {
    super('KAT_INTERNAL', message, details);
  }
}

/** States an invariant; stays on in production, since a wrong number is worse than a crash. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new InternalError(message);
}

/** The text of anything that was thrown. Never throws itself, whatever a script threw. */
export function messageOf(thrown: unknown): string {
  if (isError(thrown)) return textOf(thrown, 'message') || textOf(thrown, 'name') || UNREADABLE;
  try {
    return String(thrown);
  } catch {
    // An object without a prototype, or with a `toString` that throws.
    return UNREADABLE;
  }
}
