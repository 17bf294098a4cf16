import { describe, expect, it } from 'vitest';
import { ProgressLines } from '../../../../src/cli/outputs/progress-lines.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingTerminal } from '../../../support/recording-terminal.ts';
import { snapshotOf } from '../../../support/snapshots.ts';

const START_EPOCH_MS = Date.parse('2026-01-31T12:00:00Z');

/** The seconds at which a line was written, of snapshots at these milliseconds. */
function secondsOf(snapshotsAtMs: readonly number[], everySeconds: number): readonly string[] {
  const clock = new FakeClock(5_000_000, START_EPOCH_MS);
  const terminal = new RecordingTerminal();
  const lines = new ProgressLines(terminal, clock, everySeconds);
  let nowMs = 0;
  for (const atMs of snapshotsAtMs) {
    clock.block(atMs - nowMs);
    nowMs = atMs;
    lines.snapshot(snapshotOf({ state: 'steady' }));
  }
  expect(terminal.written).toEqual([]);
  return terminal.errors.map(
    (line) => line.slice('2026-01-31T12:00:'.length, -1).split('Z')[0] ?? '',
  );
}

describe('ProgressLines', () => {
  it('writes the first snapshot at once, and then one in so many seconds', () => {
    const everySecond = Array.from({ length: 12 }, (_, index) => index * 1000);

    expect(secondsOf(everySecond, 5)).toEqual(['00', '05', '10']);
  });

  it('keeps its rhythm where a snapshot comes up to 100 ms early', () => {
    expect(secondsOf([0, 950, 1901, 1999, 2900], 1)).toEqual(['00', '00', '01', '02']);
  });

  it('writes no line for a run that is over', () => {
    const terminal = new RecordingTerminal();
    const lines = new ProgressLines(terminal, new FakeClock(), 1);

    lines.snapshot(snapshotOf({ state: 'finished' }));

    expect(terminal.errors).toEqual([]);
  });

  it('ends each line, which begins with the time of day', () => {
    const terminal = new RecordingTerminal();
    const lines = new ProgressLines(terminal, new FakeClock(5_000_000, START_EPOCH_MS), 1);

    lines.snapshot(snapshotOf({ state: 'steady' }));

    expect(terminal.errors).toEqual([
      expect.stringMatching(/^2026-01-31T12:00:00Z steady t=.*users=100.*\n$/),
    ]);
  });
});
