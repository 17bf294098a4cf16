import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { figuresJson } from '../../../../src/report/summary-json.ts';
import type { Interval } from '../../../../src/stats/interval/interval.ts';
import { COUNTERS, DISTRIBUTIONS, SUMS } from '../../../../src/stats/interval/name-counters.ts';
import { NameTotals } from '../../../../src/stats/interval/name-totals.ts';
import { addLeaseNames, encodeLeaseNames } from '../../../../src/store/folding/lease-names.ts';
import { createLeaseName } from '../../../../src/store/folding/run-folding.ts';
import { readRunFile } from '../../../../src/store/read/run-reader.ts';
import { createNameFigures } from '../../../../src/store/record/name-figures.ts';
import { NameMap } from '../../../../src/store/record/name-map.ts';
import { RunDatabase } from '../../../../src/store/write/run-database.ts';
import { interval, raw, runEnd, runInfo, temporaryFolder } from '../run-fixtures.ts';

const ID = { nameId: () => 1, nameOf: () => ({ method: 'GET', name: '/' }) };

/** A name whose counters and distributions all differ from each other. */
function distinctStats(): NameTotals {
  const stats = new NameTotals('GET', '/');
  COUNTERS.forEach(([key], place) => {
    stats[key] = 1000 * (place + 1);
  });
  DISTRIBUTIONS.forEach(([key], place) => {
    stats[key].recordCount(10 ** place, place + 1);
  });
  return stats;
}

describe('the run file', () => {
  it('folds every row of the tables of a name: 4 intervals of 2 seconds, folded twice', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const given = distinctStats();
    const database = new RunDatabase(path, runInfo());
    const ofSecond = (second: number): Interval => ({ ...interval(second), names: [given] });
    database.commit({ intervals: [raw('w1', 1, ofSecond(0))] });
    database.commit({ intervals: [raw('w2', 1, ofSecond(10))] });
    database.foldIfDue();
    database.commit({ intervals: [raw('w1', 2, ofSecond(10))] });
    database.commit({ intervals: [raw('w2', 2, ofSecond(20))] });
    database.finish(runEnd());
    database.close();

    const [figures] = readRunFile(path).names;
    for (const [key] of SUMS) expect([key, figures?.[key]]).toEqual([key, 4 * given[key]]);
    for (const [key] of DISTRIBUTIONS) {
      expect([key, figures?.[key].count]).toEqual([key, 4 * given[key].count]);
    }
  });

  it('keeps every counter of a lease: sums add up, levels are those of the newer interval', () => {
    const given = Object.assign(createLeaseName('GET', '/'), { sequence: 5 });
    for (const [key] of COUNTERS) given[key] = distinctStats()[key];
    const names = new NameMap<ReturnType<typeof createLeaseName>>();
    const bytes = encodeLeaseNames([given], ID);
    addLeaseNames(bytes, names, ID);
    addLeaseNames(bytes, names, ID);

    const [read] = names.values();
    expect(read?.sequence).toBe(5);
    for (const [key, { isLevel }] of COUNTERS) {
      expect([key, read?.[key]]).toEqual([key, (isLevel ? 1 : 2) * given[key]]);
    }
  });

  it('has every row in the JSON summary', () => {
    const summaryWith = (
      change: (figures: ReturnType<typeof createNameFigures>) => void,
    ): string => {
      const figures = createNameFigures('GET', '/');
      figures.succeeded = 1;
      change(figures);
      return JSON.stringify(figuresJson(figures, 1));
    };
    const before = summaryWith(() => undefined);
    const told = [
      ...SUMS.filter(([key]) => summaryWith((figures) => (figures[key] += 7)) !== before),
      ...DISTRIBUTIONS.filter(([key]) => summaryWith((f) => f[key].record(7)) !== before),
    ];
    expect(told.map(([key]) => key)).toEqual([...SUMS, ...DISTRIBUTIONS].map(([key]) => key));
  });
});
