import type { RunAggregate } from '../../src/stats/aggregate/run-aggregate.ts';
import { HistoryBuffer } from '../../src/stats/snapshot/history-buffer.ts';
import type { RunHistory } from '../../src/stats/snapshot/run-snapshot.ts';

/** The history up to `lastSecond` (included), as a client that has just come puts it together. */
export function historyOf(run: RunAggregate, lastSecond: number): RunHistory {
  const buffer = new HistoryBuffer();
  buffer.take(run.historyRows(0, lastSecond + 1));
  return buffer.history();
}
