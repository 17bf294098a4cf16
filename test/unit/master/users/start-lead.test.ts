import { describe, expect, it } from 'vitest';
import { startLeadMs } from '../../../../src/master/users/start-lead.ts';

describe('startLeadMs', () => {
  it('starts a local run of 100 users 41 ms ahead', () => {
    expect(startLeadMs([200, 300], 100)).toBe(41);
  });

  it('adds four round trips of the slowest worker', () => {
    expect(startLeadMs([200, 30_000], 0)).toBe(160);
  });

  it('adds a millisecond for each 500 users', () => {
    expect(startLeadMs([], 20_000)).toBe(80);
  });

  it('stays at 250 ms for workers far away, or never measured', () => {
    expect(startLeadMs([900_000], 10)).toBe(250);
    expect(startLeadMs([Number.POSITIVE_INFINITY], 10)).toBe(250);
  });
});
