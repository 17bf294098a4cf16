import { describe, expect, it } from 'vitest';
import { SpinWatch } from '../../../../src/worker/script/spin-watch.ts';

describe('SpinWatch', () => {
  it('warns once of 20,001 tasks in a second that made no request', () => {
    const watch = new SpinWatch();
    expect(watch.warningOf(20_000, 0)).toBeUndefined();
    expect(watch.warningOf(40_001, 0)).toContain('20,001 tasks ended within a second');
    expect(watch.warningOf(80_000, 0)).toBeUndefined();
  });

  it('leaves tasks alone that make a request for every 20 of them', () => {
    const watch = new SpinWatch();
    expect(watch.warningOf(40_000, 2000)).toBeUndefined();
    expect(watch.warningOf(80_001, 4000)).toContain('40,001 tasks');
  });

  it('counts the requests of a new lease from 0', () => {
    const watch = new SpinWatch();
    watch.warningOf(40_000, 4000);
    watch.resetRequests();
    expect(watch.warningOf(80_000, 2000)).toBeUndefined();
  });
});
