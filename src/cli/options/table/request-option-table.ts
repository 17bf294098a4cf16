import { flag, type OptionTable, pairs, single } from './option-spec.ts';
import type { IterationsOption, TrialOptions, UrlOptions } from './option-values.ts';
import {
  headerField,
  nonEmptyText,
  requestMethod,
  traceDetail,
  wholeNumber,
} from './value-parsers.ts';

/** Options of runs without a load file, of counted runs, and of trying a script out. */
export const REQUEST_OPTION_TABLE: Pick<
  OptionTable,
  keyof (UrlOptions & IterationsOption & TrialOptions) | 'asList'
> = {
  iterations: single(
    {
      long: 'iterations',
      short: 'n',
      valueName: 'N',
      fallback: undefined,
      fallbackText: 'until stopped',
      help: 'Stop after exactly N iterations over all users: with a URL, after N requests',
      group: 'Load',
      commands: ['run', 'master'],
    },
    wholeNumber(1, 1_000_000_000),
  ),
  method: single(
    {
      long: 'method',
      short: 'X',
      valueName: 'METHOD',
      fallback: undefined,
      fallbackText: 'GET, or POST with a body',
      help: 'Method of the requests',
      group: 'Without a load file',
      commands: ['run', 'master'],
    },
    requestMethod,
  ),
  headers: pairs(
    {
      long: 'header',
      valueName: "'K: V'",
      fallback: [],
      help: 'Header of the requests; repeatable',
      group: 'Without a load file',
      commands: ['run', 'master'],
      secret: true,
    },
    headerField,
    (all) => all,
  ),
  data: single(
    {
      long: 'data',
      short: 'd',
      valueName: 'BODY|@FILE',
      fallback: undefined,
      help: 'Body of the requests: a text, or @ and the name of a file',
      group: 'Without a load file',
      commands: ['run', 'master'],
      secret: true,
    },
    nonEmptyText('a body, or @ and a file name'),
  ),
  targetsFile: single(
    {
      long: 'targets',
      valueName: 'FILE',
      fallback: undefined,
      help: 'Many URLs in place of one: a METHOD URL a line, # for comments; users take turns',
      group: 'Without a load file',
      commands: ['run', 'master'],
    },
    nonEmptyText('a file name'),
  ),
  once: flag({
    long: 'once',
    help: 'One user of each class, each task once, every exchange on standard error; 1 where one failed',
    group: 'Trying out',
    commands: ['run'],
  }),
  trace: {
    ...flag({
      long: 'trace',
      help: 'With --once: headers and timings too, with =body the bodies; secrets are masked',
      group: 'Trying out',
      commands: ['run'],
    }),
    valueName: '[=body]',
    fallback: 'off',
    read: (texts) => traceDetail(texts.at(-1) ?? ''),
  },
  asList: flag({
    long: 'list',
    help: 'What the load file has: classes, weights, hosts, tasks, tags; with --json as JSON',
    group: 'Output',
    commands: ['plan'],
  }),
};
