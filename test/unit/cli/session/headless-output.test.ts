import { describe, expect, it } from 'vitest';
import { Log } from '../../../../src/cli/process/log.ts';
import { headlessOutput, type LineOptions } from '../../../../src/cli/session/headless-output.ts';
import type { LogLevel } from '../../../../src/stats/snapshot/run-snapshot.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { snapshotOf, updateOf } from '../../../support/snapshots.ts';

/** The lines on standard error of a run in which one thing of every kind happened. */
function linesOf(options: LineOptions, logLevel: LogLevel = 'info'): string[] {
  const lines: string[] = [];
  const terminal = { out: () => undefined, err: (text: string) => void lines.push(text) };
  const log = new Log({ logLevel, logFile: undefined }, terminal, () => 0);
  for (const observer of headlessOutput(options, log, terminal, new FakeClock())) {
    observer.log?.({ at: 0, level: 'info', workerId: 'w1', text: 'hello' });
    observer.event?.('spawning-complete', { users: 3 });
    observer.snapshot?.(updateOf(snapshotOf()));
  }
  return lines;
}

describe('headlessOutput', () => {
  it('writes the log and the progress, and no event that the log tells of', () => {
    const lines = linesOf({ onlySummary: false, progressSeconds: 5 });

    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('info [w1] hello');
    expect(lines[1]).toContain('users=100');
  });

  it('writes nothing that need not be known where the summary alone is asked for', () => {
    const warnings: string[] = [];
    const terminal = { out: () => undefined, err: (text: string) => void warnings.push(text) };
    const options = { logLevel: 'info', logFile: undefined, onlySummary: true } as const;
    const log = new Log(options, terminal, () => 0);

    log.write('info', 'all is well');
    log.write('warn', 'w1 is lost');

    expect(warnings).toEqual(['1970-01-01T00:00:00Z warn w1 is lost\n']);
  });

  it.each([
    ['--progress 0', { onlySummary: false, progressSeconds: 0 }],
    ['--only-summary', { onlySummary: true, progressSeconds: 5 }],
  ])('writes no progress with %s', (_, options) => {
    expect(linesOf(options).join('')).not.toContain('users=100');
  });

  it('writes no lines of a level that is not asked for', () => {
    expect(linesOf({ onlySummary: false, progressSeconds: 0 }, 'warn')).toEqual([]);
  });
});
