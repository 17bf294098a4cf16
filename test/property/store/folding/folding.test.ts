import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openRunFile } from '../../../../src/store/read/run-reader.ts';
import { RunDatabase } from '../../../../src/store/write/run-database.ts';
import { nameInputs } from '../../../support/name-inputs.ts';
import {
  interval,
  raw,
  runInfo,
  temporaryFolder,
  visible,
} from '../../../unit/store/run-fixtures.ts';

const intervals = fc.array(
  fc.record({
    workerId: fc.constantFrom('w1', 'w2', 'w3'),
    second: fc.integer({ min: -1, max: 30 }),
    names: fc.uniqueArray(nameInputs, {
      maxLength: 3,
      selector: ({ method, name }) => `${method} ${name}`,
    }),
  }),
  { maxLength: 12 },
);

describe('a run file', () => {
  it('reads the same however often it was folded, and its figures agree with each other', () => {
    const folder = temporaryFolder();
    let file = 0;
    fc.assert(
      fc.property(intervals, fc.array(fc.boolean()), (entries, folds) => {
        file += 1;
        const path = join(folder, `${file}.katydid`);
        const database = new RunDatabase(path, runInfo());
        const once = new RunDatabase(`${path}-once`, runInfo());
        entries.forEach(({ workerId, second, names }, index) => {
          database.commit({ intervals: [raw(workerId, index, interval(second, { names }))] });
          if (folds[index] === true)
            database.finish({ durationSeconds: 0, endedAtEpochMs: 0, stopReason: 'signal' });
          else database.foldIfDue();
        });
        once.commit({
          intervals: entries.map(({ workerId, second, names }, index) =>
            raw(workerId, index, interval(second, { names })),
          ),
        });
        const end = { durationSeconds: 5, endedAtEpochMs: 0, stopReason: 'signal' } as const;
        database.finish(end);
        once.finish(end);
        database.close();
        once.close();

        using folded = openRunFile(path);
        using atOnce = openRunFile(`${path}-once`);
        const { record } = folded;
        expect(visible(record)).toEqual(visible(atOnce.record));
        const { ledger, total, seconds, workers } = record;
        expect(seconds.reduce((sum, { requests }) => sum + requests, 0)).toBe(
          ledger.succeeded + ledger.failed,
        );
        expect(workers.reduce((sum, { requests }) => sum + requests, 0)).toBe(
          total.succeeded + total.failed,
        );
        const measured = entries.flatMap(({ names }) =>
          names.flatMap(({ succeededUs = [] }) => succeededUs),
        );
        expect(total.succeeded).toBe(measured.length);
        expect(total.succeededResponse.sumUs).toBe(measured.reduce((sum, us) => sum + us, 0));
        for (const { second } of seconds) {
          expect(visible(folded.secondNames(second))).toEqual(visible(atOnce.secondNames(second)));
        }
      }),
      { numRuns: 8 },
    );
  });
});
