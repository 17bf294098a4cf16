import type { RunRecord } from '../store/record/run-record.ts';
import { verdictOf } from './run-verdict.ts';

/** The exit status that a run's results ask for, and why. */
export interface ExitStatus {
  readonly status: number;
  /** What it means, in a few words. */
  readonly meaning: string;
}

/**
 * The exit status by the results alone; an interrupted or misused command has its own before it.
 * Where several hold: 5, then 4, then 1. As in Locust an exception counts like a failed request, and
 * both give what `--exit-code-on-error` asked for.
 */
export function exitStatusOf(record: RunRecord): ExitStatus {
  const { info, workers, exceptions } = record;
  if (areAllWorkersLost(record)) return { status: 5, meaning: 'all workers were lost' };
  const { validity } = verdictOf(record);
  if (validity === 'invalid') return { status: 4, meaning: 'the run is not valid' };
  if (validity === 'suspect' && info.strict) {
    return { status: 4, meaning: 'the run is suspect, and --strict' };
  }
  const suffix = validity === 'suspect' ? '; suspect: --strict makes it 4' : '';
  if (exceptions.length > 0 || record.total.failed > 0) {
    const what = exceptions.length > 0 ? 'exceptions in the script' : 'some requests failed';
    return { status: info.exitCodeOnError, meaning: `${what}${suffix}` };
  }
  if (workers.length === 0) return { status: 0, meaning: `nothing ran${suffix}` };
  return { status: 0, meaning: validity === 'suspect' ? suffix.slice(2) : 'all well' };
}

function areAllWorkersLost({ stopReason, workers }: RunRecord): boolean {
  if (stopReason === 'lost-workers') return true;
  return workers.length > 0 && workers.every(({ status }) => status === 'lost');
}
