import { describe, expect, it } from 'vitest';
import { NameTotals } from '../../../../src/stats/interval/name-totals.ts';
import { nameStats, plainNameStats } from '../sample-intervals.ts';

describe('NameTotals', () => {
  it('adds counts, statuses and times, and leaves its level alone', () => {
    const totals = new NameTotals('GET', '/');
    totals.inFlight = 3;
    totals.add(nameStats('/', [100], 9, [200]));
    totals.add(nameStats('/', [300], 9));

    expect(totals).toMatchObject({ succeeded: 2, failed: 1, requests: 3, inFlight: 3 });
    expect(plainNameStats(totals)).toMatchObject({
      statuses: [
        [200, 2],
        [503, 1],
      ],
      succeededResponse: { count: 2, sumUs: 400 },
    });
  });

  it('gives the response times of all requests, failed ones too, without touching its own', () => {
    const totals = new NameTotals('GET', '/');
    totals.add(nameStats('/', [100], 0, [200]));

    expect(totals.response()).toMatchObject({ count: 2, sumUs: 300, minUs: 100, maxUs: 200 });
    expect(totals.succeededResponse.count).toBe(1);
  });

  it('is as new after clear', () => {
    const totals = new NameTotals('GET', '/');
    totals.add(nameStats('/', [100], 0, [200]));

    totals.clear();

    expect(plainNameStats(totals)).toEqual(plainNameStats(new NameTotals('GET', '/')));
    expect(totals.isEmpty).toBe(true);
  });
});
