import { describe, expect, it } from 'vitest';
import { progressLine } from '../../../src/ui/progress-line.ts';
import { snapshotOf, THRESHOLDS, withLostWorker } from '../../support/snapshots.ts';

const TIME = '2026-11-24T22:05:16Z';

describe('progressLine', () => {
  it('has the fields of a running test in their order', () => {
    expect(progressLine(snapshotOf({ state: 'ramping', second: 6 }), TIME)).toBe(
      `${TIME} ramping t=0:06/1:00 users=60/100 rps=720.0 fail=0.09% p50=12.0ms p95=42.0ms p99=97.2ms inflight=16 workers=2/2 run=pending`,
    );
  });

  it('writes large rates without commas and names lost workers by number', () => {
    const line = progressLine(withLostWorker(snapshotOf({ workers: 3, limitS: null })), TIME);

    expect(line).toContain(' t=0:41 ');
    expect(line).toContain(' rps=1200 ');
    expect(line).toContain(' workers=2/3 run=suspect');
  });

  it('counts the thresholds that pass where some are set', () => {
    expect(progressLine(snapshotOf({ thresholds: THRESHOLDS }), TIME)).toMatch(/ thresholds=1\/3$/);
  });

  it('counts the exceptions as soon as there is one', () => {
    const snapshot = { ...snapshotOf(), exceptions: { kinds: 1, occurrences: 12_345 } };

    expect(progressLine(snapshot, TIME)).toMatch(/ run=valid exceptions=12345$/);
    expect(progressLine(snapshotOf(), TIME)).not.toContain('exceptions');
  });

  it('says how many workers it waits for', () => {
    expect(progressLine(snapshotOf({ state: 'waiting' }), TIME)).toBe(
      `${TIME} waiting workers=1/2`,
    );
  });

  it('shows no value where there are no samples', () => {
    const line = progressLine(snapshotOf({ second: 0, state: 'ramping' }), TIME);

    expect(line).toContain('rps=0.0 fail=- p50=- p95=- p99=-');
  });
});
