import { formatDuration, formatFailPercent, withCommas } from '../base/format.ts';
import { inTerminal } from '../base/outside-text.ts';
import type { NameFigures, RunRecord } from '../store/record/run-record.ts';
import type { Mark } from './text-layout.ts';

/** How a run went, in the first line of its summary. */
export interface OutcomeLine {
  /** `good` only where nothing failed, nothing was thrown and nobody left early. */
  readonly mark: Mark;
  readonly word: 'DONE' | 'FAILED' | 'ENDED' | 'EMPTY' | 'NOT RUN';
  readonly text: string;
}

/** Says in one line how a run went, as far as its results tell. */
export function outcomeOf(record: RunRecord): OutcomeLine {
  const { total } = record;
  if (hasNeverBegun(record)) return { mark: 'bad', word: 'NOT RUN', text: absenceText(record) };
  const requests = total.succeeded + total.failed;
  const text = [requestsText(record), exceptionsText(record)]
    .filter((part) => part !== '')
    .join('; ');
  const early = leftEarlyText(record);
  if (early !== '') return { mark: 'warning', word: 'ENDED', text: `${early}; ${text}` };
  if (requests === 0) return { mark: 'warning', word: 'EMPTY', text };
  if (total.succeeded === 0) return { mark: 'bad', word: 'FAILED', text };
  const isWell = total.failed === 0 && record.exceptions.length === 0;
  return { mark: isWell ? 'good' : 'warning', word: 'DONE', text };
}

/** Whether the run was over before the workers came that it waited for. */
export function hasNeverBegun({ info, workers, ledger }: RunRecord): boolean {
  return info.startedAtEpochMs === null && workers.length < info.workers && ledger.sent === 0;
}

/** What share of these requests failed, with its sign. */
export function failPercent({ succeeded, failed }: NameFigures): string {
  return `${formatFailPercent(failed, succeeded + failed)} %`;
}

/** Says who did not come. */
export function absenceText({ info, workers }: RunRecord): string {
  const came = workers.length === 0 ? 'no worker joined' : `only ${workers.length} joined`;
  return `${came} of ${info.workers} awaited, so nothing was sent`;
}

function requestsText({ total, errors }: RunRecord): string {
  const requests = total.succeeded + total.failed;
  if (requests === 0) return 'no request was made';
  const count = `${withCommas(requests)} ${requests === 1 ? 'request' : 'requests'}`;
  if (total.failed === 0) return `${count}, none failed`;
  if (total.succeeded > 0) {
    return `${withCommas(total.failed)} of ${count} failed (${failPercent(total)})`;
  }
  const [most] = errors.toSorted((a, b) => b.occurrences - a.occurrences);
  const why = most === undefined ? '' : `, most often with ${inTerminal(most.error)}`;
  return requests === 1 ? `the only request failed${why}` : `all ${count} failed${why}`;
}

function exceptionsText({ exceptions }: RunRecord): string {
  const occurrences = exceptions.reduce((sum, each) => sum + each.occurrences, 0);
  if (occurrences === 0) return '';
  return `${withCommas(occurrences)} ${occurrences === 1 ? 'exception' : 'exceptions'} in the script`;
}

/** Says so where no user was left long before the run was to end. */
function leftEarlyText({ stopReason, durationSeconds, info }: RunRecord): string {
  const limit = info.runTimeSeconds;
  if (stopReason !== 'users-done' || limit === null || durationSeconds >= limit) return '';
  const [ran, of] = [durationSeconds, limit].map((seconds) => formatDuration(seconds * 1000));
  return `no user was left after ${ran} of ${of}`;
}
