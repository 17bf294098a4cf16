import type { ExitReason } from '../base/exit-status.ts';
import type { RunRecord } from '../store/record/run-record.ts';
import { absenceText, hasNeverBegun } from './run-outcome-text.ts';
import { verdictOf } from './run-verdict.ts';

/**
 * What the results of a run ask for as exit status. As in Locust an exception counts like a failed
 * request. What interrupted the run, or kept the command from its work, is for the caller to add.
 */
export function exitReasonsOf(record: RunRecord): readonly ExitReason[] {
  const { info, workers, exceptions, total } = record;
  const reasons: ExitReason[] = [];
  const { validity } = verdictOf(record);
  const isSuspect = validity === 'suspect';
  const suffix = isSuspect ? '; suspect: --strict makes it 4' : '';
  if (areAllWorkersLost(record)) {
    reasons.push({ kind: 'couldNotRun', meaning: 'all workers were lost' });
  }
  if (hasNeverBegun(record)) {
    reasons.push({ kind: 'couldNotRun', meaning: absenceText(record) });
  }
  if (validity === 'invalid') {
    reasons.push({ kind: 'notValid', meaning: 'the run is not valid' });
  } else if (isSuspect && info.strict) {
    reasons.push({ kind: 'notValid', meaning: 'the run is suspect, and --strict' });
  }
  if (exceptions.length > 0 || total.failed > 0) {
    const what = exceptions.length > 0 ? 'exceptions in the script' : 'some requests failed';
    reasons.push({ kind: 'failures', meaning: `${what}${suffix}` });
  }
  const nothing = workers.length === 0 ? 'nothing ran' : 'all well';
  reasons.push({
    kind: 'ok',
    meaning: isSuspect && workers.length > 0 ? suffix.slice(2) : `${nothing}${suffix}`,
  });
  return reasons;
}

function areAllWorkersLost({ stopReason, workers }: RunRecord): boolean {
  if (stopReason === 'lost-workers') return true;
  return workers.length > 0 && workers.every(({ status }) => status === 'lost');
}
