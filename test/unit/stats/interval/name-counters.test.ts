import { describe, expect, it } from 'vitest';
import { decodeInterval, encodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import {
  COUNTERS,
  type CounterKey,
  DISTRIBUTIONS,
  type DistributionKey,
  SECOND_DISTRIBUTIONS,
  SUMS,
} from '../../../../src/stats/interval/name-counters.ts';
import {
  addCounts,
  addDistributions,
  addSecondDistributions,
  CountFields,
  clearCounts,
} from '../../../../src/stats/interval/name-counts.ts';
import { NameTotals } from '../../../../src/stats/interval/name-totals.ts';
import { interval, plainNameStats } from '../sample-intervals.ts';

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

function countsOf(stats: Readonly<Record<CounterKey, number>>): Record<string, number> {
  return Object.fromEntries(COUNTERS.map(([key]) => [key, stats[key]]));
}

function lengthsOf(stats: Readonly<Record<DistributionKey, { count: number }>>): number[] {
  return DISTRIBUTIONS.map(([key]) => stats[key].count);
}

describe('the tables of a name', () => {
  it('give each row a column of its own', () => {
    const columns = [...COUNTERS, ...DISTRIBUTIONS].map(([, { column }]) => column);
    expect(new Set(columns).size).toBe(columns.length);
  });

  it('have the formats that a row begins with in ascending order, as bytes are appended', () => {
    const formats = COUNTERS.map(([, { interval: format }]) => format);
    expect(formats).toEqual([...formats].sort((a, b) => a - b));
  });

  it('decide what an interval carries: every row of them', () => {
    const given = distinctStats();
    const [read] = decodeInterval(encodeInterval(interval(0, { names: [given] }))).names;
    expect(read && plainNameStats(read)).toEqual(plainNameStats(given));
    expect(read && countsOf(read)).toEqual(countsOf(given));
    expect(read && lengthsOf(read)).toEqual(lengthsOf(given));
  });

  it('decide what adds up: every row that is no level', () => {
    const into = new CountFields();
    const given = distinctStats();
    addCounts(into, given);
    addCounts(into, given);
    const sums = new Set(SUMS.map(([key]) => key));
    for (const [key] of COUNTERS) expect(into[key]).toBe(sums.has(key) ? 2 * given[key] : 0);
    clearCounts(into);
    expect(countsOf(into)).toEqual(countsOf(new CountFields()));
  });

  it('decide which distributions add up, of a run and of a second', () => {
    const [ofRun, ofSecond] = [new NameTotals('', ''), new NameTotals('', '')];
    const given = distinctStats();
    addDistributions(ofRun, given);
    addSecondDistributions(ofSecond, given);
    const kept = new Set(SECOND_DISTRIBUTIONS.map(([key]) => key));
    expect(lengthsOf(ofRun)).toEqual(lengthsOf(given));
    for (const [key] of DISTRIBUTIONS) {
      expect(ofSecond[key].count).toBe(kept.has(key) ? given[key].count : 0);
    }
  });

  it('are what the totals of a name add and clear', () => {
    const totals = new NameTotals('', '');
    totals.add(distinctStats());
    for (const [key] of SUMS) expect(totals[key]).toBe(distinctStats()[key]);
    totals.clear();
    expect(countsOf(totals)).toEqual(countsOf(new CountFields()));
    expect(lengthsOf(totals)).toEqual(DISTRIBUTIONS.map(() => 0));
  });
});
