import { describe, expect, it } from 'vitest';
import { LogLines } from '../../../../src/cli/outputs/log-lines.ts';
import { Log } from '../../../../src/cli/process/log.ts';
import { RecordingTerminal } from '../../../support/recording-terminal.ts';

/** The log of a run in which the master and a worker said something. */
function linesOf(logLevel: 'info' | 'warn'): readonly string[] {
  const terminal = new RecordingTerminal();
  const lines = new LogLines(new Log({ logLevel, logFile: undefined }, terminal, () => 0));
  lines.log({ at: 1200, level: 'info', workerId: null, text: 'all users run' });
  lines.log({ at: 1300, level: 'warn', workerId: 'w2', text: 'the event loop\nstalled' });
  expect(terminal.written).toEqual([]);
  return terminal.errors;
}

describe('LogLines', () => {
  it('writes each line with its time, its level and the worker that it is from, further lines indented', () => {
    expect(linesOf('info')).toEqual([
      '1970-01-01T00:00:00Z info all users run\n',
      '1970-01-01T00:00:00Z warn [w2] the event loop\n  stalled\n',
    ]);
  });

  it('writes no line below the level that was asked for', () => {
    expect(linesOf('warn')).toEqual([expect.stringContaining(' warn [w2] ')]);
  });
});
