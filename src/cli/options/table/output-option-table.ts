import type { LogOptions } from '../../process/log.ts';
import { flag, list, type OptionTable, pairs, single } from './option-spec.ts';
import type { OutputOptions, PlanOptions } from './option-values.ts';
import {
  durationFromZero,
  good,
  keyAndValue,
  logLevel,
  nonEmptyText,
  type Parsed,
  wholeNumber,
} from './value-parsers.ts';

/** Options that say what is shown, written and answered. */
export const OUTPUT_OPTION_TABLE: Pick<
  OptionTable,
  keyof (OutputOptions & LogOptions & Pick<PlanOptions, 'asJson'>) | 'configFile' | 'mergeFiles'
> = {
  headless: {
    ...flag({
      long: 'headless',
      fallbackText: 'when standard output is no terminal',
      help: 'No terminal UI: progress lines on standard error, the summary on standard output',
      group: 'Output',
      commands: ['run', 'master', 'demo'],
    }),
    // Neither on nor off: the run looks at its terminal.
    fallback: undefined,
  },
  progressSeconds: single(
    {
      long: 'progress',
      valueName: 'S',
      fallback: 5,
      fallbackText: '5',
      help: 'Seconds between progress lines when headless; 0: none',
      group: 'Output',
      commands: ['run', 'master', 'demo'],
    },
    durationFromZero,
  ),
  onlySummary: flag({
    long: 'only-summary',
    help: 'Only the summary: no progress lines',
    group: 'Output',
    commands: ['run', 'master', 'demo'],
  }),
  csvPrefix: single(
    {
      long: 'csv',
      valueName: 'PREFIX',
      fallback: undefined,
      help: 'Write PREFIX_stats.csv, _stats_history.csv, _failures.csv and _exceptions.csv',
      group: 'Output',
      commands: ['run', 'master', 'report', 'demo'],
    },
    nonEmptyText('the beginning of the file names'),
  ),
  csvFullHistory: flag({
    long: 'csv-full-history',
    help: 'A history row a second for every name, not only for Aggregated',
    group: 'Output',
    commands: ['run', 'master', 'report', 'demo'],
  }),
  jsonFile: single(
    {
      long: 'json',
      valueName: 'FILE|-',
      fallback: undefined,
      help: 'Write the summary as JSON; -: on standard output, in place of the text',
      group: 'Output',
      commands: ['run', 'master', 'report', 'demo'],
    },
    nonEmptyText('a file name, or - for standard output'),
  ),
  mergeFiles: list(
    {
      long: 'merge',
      valueName: 'FILE',
      help: 'First add what a worker could not deliver and left in this salvage file; repeatable',
      group: 'Output',
      commands: ['report'],
      configurable: false,
    },
    fileNames,
  ),
  asJson: flag({
    long: 'json',
    help: 'Answer in JSON',
    group: 'Output',
    commands: ['plan', 'ctl'],
    // The variable and the key of that name are the file of a run's summary.
    configurable: false,
  }),
  outFile: single(
    {
      long: 'out',
      valueName: 'FILE',
      fallback: undefined,
      fallbackText: 'runs/<started>-<id>.katydid',
      help: 'The run file, which every other output can be made from later',
      group: 'Output',
      commands: ['run', 'master', 'demo'],
    },
    nonEmptyText('a file name'),
  ),
  labels: pairs(
    {
      long: 'label',
      valueName: 'K=V',
      fallback: {},
      help: 'Label in the run file and in JSON; repeatable',
      group: 'Output',
      commands: ['run', 'master', 'demo'],
    },
    keyAndValue(/^[^\s=]{1,100}$/, 'KEY=VALUE, such as commit=4f1c2d'),
    (all) => Object.fromEntries(all),
  ),
  exitCodeOnError: single(
    {
      long: 'exit-code-on-error',
      valueName: 'N',
      fallback: 1,
      fallbackText: '1',
      help: 'Exit status where any request failed',
      group: 'Result',
      commands: ['run', 'master', 'demo'],
    },
    wholeNumber(0, 255),
  ),
  strict: flag({
    long: 'strict',
    help: 'A suspect run counts as invalid',
    group: 'Result',
    commands: ['run', 'master', 'demo'],
  }),
  logLevel: single(
    {
      long: 'loglevel',
      short: 'L',
      valueName: 'LEVEL',
      fallback: 'info',
      fallbackText: 'info',
      help: 'debug, info, warning or error',
      group: 'General',
      commands: ['run', 'master', 'worker', 'plan', 'report', 'demo'],
    },
    logLevel,
  ),
  logFile: single(
    {
      long: 'logfile',
      valueName: 'FILE',
      fallback: undefined,
      fallbackText: 'standard error',
      help: 'Where the log goes',
      group: 'General',
      commands: ['run', 'master', 'worker', 'plan', 'report', 'demo'],
    },
    nonEmptyText('a file name'),
  ),
  configFile: single(
    {
      long: 'config',
      valueName: 'FILE',
      fallback: undefined,
      fallbackText: 'katydid.config.ts, .js or .json in the working directory',
      help: 'Configuration file',
      group: 'General',
      commands: ['run', 'master', 'worker', 'plan', 'report'],
    },
    nonEmptyText('a file name'),
  ),
};

function fileNames(text: string): Parsed<readonly string[]> {
  const name = nonEmptyText('a file name')(text);
  return name.ok ? good([name.value]) : name;
}
