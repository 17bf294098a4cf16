import { describe, expect, it } from 'vitest';
import { buildPlan } from '../../../src/load/plan.ts';
import { planTable } from '../../../src/load/plan-table.ts';

const browser = { name: 'Browser', weight: 3, fixedCount: 0 };
const buyer = { name: 'Buyer', weight: 1, fixedCount: 0 };
const request = { users: 8, spawnRate: 4, classes: [browser, buyer], workers: ['w1', 'w2'] };

describe('planTable', () => {
  it('shows head, counts and every start of a small plan', () => {
    expect(planTable(buildPlan({ ...request, users: 4 }))).toBe(
      [
        'Users       4',
        'Spawn rate  4/s, one every 0.25 s',
        'Workers     2',
        'Full after  0.75 s',
        '',
        'Class    Users  w1  w2',
        'Browser      3   1   2',
        'Buyer        1   1   0',
        'Total        4   2   2',
        '',
        'At (s)  User  Class    Worker',
        ' 0.000     0  Browser  w1',
        ' 0.250     1  Browser  w2',
        ' 0.500     2  Buyer    w1',
        ' 0.750     3  Browser  w2',
      ].join('\n'),
    );
  });

  it('shows 20 starts, "… 75 more" and the last 5 of 100, but all of 40', () => {
    const starts = (users: number): string[] => {
      const lines = planTable(buildPlan({ ...request, users })).split('\n');
      return lines.slice(lines.findIndex((line) => line.startsWith('At (s)')) + 1);
    };

    expect(starts(40)).toHaveLength(40);
    expect(starts(100)).toHaveLength(26);
    expect(starts(100)[20]).toBe('… 75 more');
    expect(starts(100).at(-1)).toMatch(/^24\.750 +99 /);
  });

  it('keeps to 80 columns with 100 workers and a class name of 60 letters', () => {
    const workers = Array.from({ length: 100 }, (_, index) => `worker-${index}`);
    const long = { name: 'L'.repeat(60), weight: 1, fixedCount: 0 };
    const text = planTable(buildPlan({ users: 1_000_000, spawnRate: 3, classes: [long], workers }));

    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
    expect(text).toContain('… and 70 more workers with 10000 users each');
  });

  it('says how many start where 100 were asked for and fixed counts start 3', () => {
    const plan = buildPlan({ ...request, users: 100, classes: [{ ...buyer, fixedCount: 3 }] });

    expect(planTable(plan)).toContain('Users       3 (100 asked for)');
  });

  it('says that nobody starts where every weight is 0', () => {
    const plan = buildPlan({ ...request, classes: [{ ...buyer, weight: 0 }] });

    expect(planTable(plan)).toContain('Nobody starts');
  });
});
