import type { RequestTotals } from '../../../src/measure/request-totals.ts';
import type { SummaryJson } from '../../../src/report/summary-json.ts';
import type { TempFolder } from '../../support/temp-folder.ts';
import type { EndedProcess } from '../../support/watched-process.ts';

/** A katydid that ended, with what its `--json` says. */
export interface SummarizedRun extends EndedProcess {
  readonly json: SummaryJson;
  /** As it stands in the file. */
  readonly jsonText: string;
}

/**
 * Reads `out.json` of a run's folder.
 *
 * @throws {TypeError} Where there is none, with what the run said.
 */
export function readSummary(folder: TempFolder, ended: EndedProcess): SummarizedRun {
  if (!folder.has('out.json')) {
    throw new TypeError(`no JSON; status ${ended.status}\n${ended.stderr}`);
  }
  const jsonText = folder.read('out.json');
  return { ...ended, json: JSON.parse(jsonText), jsonText };
}

/** How many exchanges of a name went on the wire, as the server must have counted them. */
export function onTheWire(row: RequestTotals): number {
  return row.requests - row.notSent + row.abandoned + row.redirected + row.unknown;
}

/** How many final answers each status had, in all names together. */
export function statusesOf(rows: readonly RequestTotals[]): Record<string, number> {
  const all: Record<string, number> = {};
  for (const { statuses } of rows) {
    for (const [status, count] of Object.entries(statuses))
      all[status] = (all[status] ?? 0) + count;
  }
  return all;
}
