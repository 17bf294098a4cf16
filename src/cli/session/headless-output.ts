import type { Clock } from '../../base/clock.ts';
import type { RunObserver } from '../../master/record/run-observer.ts';
import type { OutputOptions } from '../options/table/option-values.ts';
import { HintLines } from '../outputs/hint-lines.ts';
import { LogLines } from '../outputs/log-lines.ts';
import { ProgressLines } from '../outputs/progress-lines.ts';
import type { Log } from '../process/log.ts';
import type { Terminal } from '../process/terminal.ts';

/** Which lines are written while a run goes on. */
export type LineOptions = Pick<OutputOptions, 'onlySummary' | 'progressSeconds'>;

/** Gives what writes the lines of a run without a screen: its log, hints and its progress. */
export function headlessOutput(
  options: LineOptions,
  log: Log,
  terminal: Terminal,
  clock: Clock,
): readonly RunObserver[] {
  const observers: RunObserver[] = [new LogLines(log), new HintLines(log)];
  const everySeconds = options.onlySummary ? 0 : options.progressSeconds;
  if (everySeconds > 0) observers.push(new ProgressLines(terminal, clock, everySeconds));
  return observers;
}
