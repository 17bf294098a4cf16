import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { encodeTally } from '../../../../src/stats/interval/tally.ts';
import { readRunFile } from '../../../../src/store/read/run-reader.ts';
import type { RawTally, RunBatch, RunRecord } from '../../../../src/store/record/run-record.ts';
import { RunDatabase } from '../../../../src/store/write/run-database.ts';
import { interval, raw, runEnd, runInfo, temporaryFolder, worker } from '../run-fixtures.ts';

/** What w1 had sent when a second was on. */
function tally(second: number, sent: Readonly<Record<string, number>>): RawTally {
  const names = Object.keys(sent);
  const newNames = names.map((name) => ({ method: 'GET', name }));
  const counts = names.map((name, index) => ({ index, sent: sent[name] ?? 0 }));
  const total = counts.reduce((sum, count) => sum + count.sent, 0);
  const bytes = encodeTally({ second, newNames, counts });
  return { workerId: 'w1', epoch: 1, second, total, sent: bytes };
}

function recordOf(...batches: Partial<RunBatch>[]): RunRecord {
  const path = join(temporaryFolder(), 'a.katydid');
  const database = new RunDatabase(path, runInfo());
  database.commit({ intervals: [], workers: [worker('w1', 'lost')] });
  for (const batch of batches) database.commit({ intervals: [], ...batch });
  database.finish(runEnd({}));
  database.close();
  return readRunFile(path);
}

const unknownOf = ({ names }: RunRecord): Record<string, number> =>
  Object.fromEntries(names.map(({ name, unknown }) => [name, unknown]));

const SECOND_0 = raw(
  'w1',
  1,
  interval(0, { names: [{ name: '/a', succeededUs: [1, 2, 3, 4], inFlight: 2 }] }),
);
const LOST = { leaseEnds: [{ workerId: 'w1', epoch: 1, atMostMore: 20 }] };

describe('requests that nobody knows the end of', () => {
  it('are what a lost worker had sent by its last word, by name, less what it delivered', () => {
    const record = recordOf(
      { intervals: [SECOND_0] },
      { tallies: [tally(1, { '/a': 9, '/b': 3 })] },
      LOST,
    );

    expect(unknownOf(record)).toEqual({ '/a': 5, '/b': 3 });
    expect(record.ledger).toMatchObject({ sent: 12, succeeded: 4, unknown: 8 });
    expect(record.workers).toMatchObject([{ unknown: 8, unknownMost: 28 }]);
  });

  it('are what was in flight where the last interval is newer than the last word', () => {
    const record = recordOf({ intervals: [SECOND_0], tallies: [tally(0, { '/a': 5 })] }, LOST);

    expect(unknownOf(record)).toEqual({ '/a': 2 });
  });

  it('take the place of an earlier word, and are fewer after a late delivery', () => {
    const late = raw(
      'w1',
      2,
      interval(1, {
        users: 0,
        names: [
          { name: '/a', succeededUs: [1, 2, 3, 4, 5] },
          { name: '/b', abandoned: 3 },
        ],
      }),
    );
    const record = recordOf(
      { intervals: [SECOND_0], tallies: [tally(1, { '/a': 7 })] },
      { tallies: [tally(1, { '/a': 9, '/b': 3 })] },
      LOST,
      { intervals: [late] },
      { leaseEnds: [{ workerId: 'w1', epoch: 1, atMostMore: 0 }] },
    );

    expect(unknownOf(record)).toEqual({ '/a': 0, '/b': 0 });
    expect(record.ledger).toMatchObject({ sent: 12, succeeded: 9, abandoned: 3, unknown: 0 });
    expect(record.workers).toMatchObject([{ unknown: 0, unknownMost: 0 }]);
  });

  it('have no upper bound where nobody says how the lease was over', () => {
    expect(recordOf({ intervals: [SECOND_0] }).workers).toMatchObject([
      { unknown: 2, unknownMost: null },
    ]);
  });
});
