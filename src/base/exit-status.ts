import type { ErrorCode, KatydidError } from './errors.ts';

/** Exit statuses of all commands, by what they say. The contract of scripts that run katydid: never changed. */
export const EXIT_STATUS = {
  /** All well. */
  ok: 0,
  /** Some requests failed, or the script threw; `--exit-code-on-error` gives another number. */
  failures: 1,
  /** Wrong usage, a load file that does not load, an output that cannot be written. */
  usage: 2,
  /** A threshold failed. */
  threshold: 3,
  /** The run is not valid: the generator was the bottleneck, or data is missing. */
  notValid: 4,
  /** It could not run: port taken, no workers came, all workers lost. */
  couldNotRun: 5,
  /** Cut short by a second Ctrl-C. */
  cutShort: 130,
} as const;

/** What an exit status says. */
export type ExitKind = keyof typeof EXIT_STATUS;

/** Of all kinds that apply to a run, the one that comes first here decides its status. */
const PRECEDENCE: readonly ExitKind[] = [
  'cutShort',
  'usage',
  'couldNotRun',
  'notValid',
  'threshold',
  'failures',
  'ok',
];

/** One thing that asks for an exit status. */
export interface ExitReason {
  readonly kind: ExitKind;
  /** What happened, in a few words. */
  readonly meaning: string;
}

/** The exit status of a command, and why. */
export interface ExitStatus extends ExitReason {
  readonly status: number;
}

/**
 * The exit status where these things happened; 0 where nothing did.
 *
 * @param failureStatus - What `--exit-code-on-error` asks for in place of 1.
 */
export function exitStatusOf(
  reasons: readonly ExitReason[],
  failureStatus: number = EXIT_STATUS.failures,
): ExitStatus {
  for (const kind of PRECEDENCE) {
    const reason = reasons.find((each) => each.kind === kind);
    if (reason === undefined) continue;
    return { ...reason, status: kind === 'failures' ? failureStatus : EXIT_STATUS[kind] };
  }
  return { kind: 'ok', meaning: 'all well', status: EXIT_STATUS.ok };
}

/** Whether the results alone gave this status, so that a script may ask for another one. */
export function isByResults({ kind }: ExitReason): boolean {
  return kind === 'ok' || kind === 'failures' || kind === 'threshold';
}

const USAGE_CODES: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'KAT_USAGE',
  'KAT_SCRIPT',
  'KAT_OUTPUT',
  'KAT_RUN_FILE',
  'KAT_SALVAGE',
]);

/** What a command says that ends with this error: whose mistake it was. */
export function exitKindOfError({ code }: Pick<KatydidError, 'code'>): ExitKind {
  return USAGE_CODES.has(code) ? 'usage' : 'couldNotRun';
}

/** The exit status of a command that ends with this error. */
export function exitStatusOfError(error: Pick<KatydidError, 'code'>): number {
  return EXIT_STATUS[exitKindOfError(error)];
}
