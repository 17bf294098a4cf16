import { flag, list, type OptionTable, pairs, single } from './option-spec.ts';
import type { LoadOptions, RunningOptions, ScriptOptions, WorkersOption } from './option-values.ts';
import {
  baseUrl,
  durationAboveZero,
  durationFromZero,
  keyAndValue,
  nonEmptyText,
  ratePerSecond,
  tagNames,
  wholeNumber,
  workersOrAuto,
} from './value-parsers.ts';

/** Options that say what is run, against whom and how much of it. */
export const SCRIPT_OPTION_TABLE: Pick<
  OptionTable,
  keyof (LoadOptions & RunningOptions & ScriptOptions & WorkersOption)
> = {
  host: single(
    {
      long: 'host',
      short: 'H',
      valueName: 'URL',
      fallback: undefined,
      fallbackText: "the class's own host",
      help: 'Base URL of the system under test',
      group: 'Load',
      commands: ['run', 'master', 'plan'],
    },
    baseUrl,
  ),
  users: single(
    {
      long: 'users',
      short: 'u',
      valueName: 'N',
      fallback: 1,
      fallbackText: '1',
      help: 'Peak number of concurrent users',
      group: 'Load',
      commands: ['run', 'master', 'plan', 'demo'],
    },
    wholeNumber(1, 1_000_000),
  ),
  spawnRate: single(
    {
      long: 'spawn-rate',
      short: 'r',
      valueName: 'N',
      fallback: 1,
      fallbackText: '1',
      help: 'Users started, or stopped, per second; fractions are fine',
      group: 'Load',
      commands: ['run', 'master', 'plan', 'demo', 'ctl'],
    },
    ratePerSecond,
  ),
  runTimeSeconds: single(
    {
      long: 'run-time',
      short: 't',
      valueName: 'T',
      fallback: undefined,
      fallbackText: 'until stopped',
      help: "Stop after this long, from the first user's start: 90, 90s, 5m, 1h30m",
      group: 'Load',
      commands: ['run', 'master', 'plan', 'demo'],
    },
    durationAboveZero,
  ),
  stopTimeoutSeconds: single(
    {
      long: 'stop-timeout',
      short: 's',
      valueName: 'S',
      fallback: 10,
      fallbackText: '10',
      help: 'Seconds that a stop waits for running iterations; what is cut then is counted as abandoned',
      group: 'Load',
      commands: ['run', 'master', 'demo'],
    },
    durationFromZero,
  ),
  resetStats: flag({
    long: 'reset-stats',
    help: 'Start the statistics again once all users have been spawned; the ramp stays in the run file',
    group: 'Load',
    commands: ['run', 'master', 'demo'],
  }),
  seed: single(
    {
      long: 'seed',
      valueName: 'N',
      fallback: undefined,
      fallbackText: 'from the clock, printed',
      help: 'The same seed, script, options and workers give the same plan and the same random choices',
      group: 'Load',
      commands: ['run', 'master', 'plan', 'demo'],
    },
    wholeNumber(0, Number.MAX_SAFE_INTEGER),
  ),
  workers: single(
    {
      long: 'workers',
      short: 'w',
      aliases: ['processes'],
      valueName: 'N|auto',
      fallback: 'auto',
      fallbackText: 'auto, the number of cores',
      help: 'Local worker processes; --processes is the same',
      group: 'Load',
      commands: ['run', 'plan', 'demo'],
    },
    workersOrAuto,
  ),
  loadfile: single(
    {
      long: 'loadfile',
      short: 'f',
      aliases: ['locustfile'],
      valueName: 'FILE',
      fallback: undefined,
      fallbackText: 'loadfile.ts, then loadfile.js',
      help: 'The load file, where it is not the first argument',
      group: 'Script',
      commands: ['run', 'master', 'plan'],
    },
    nonEmptyText('a file name'),
  ),
  tags: list(
    {
      long: 'tags',
      short: 'T',
      valueName: 'TAG',
      help: 'Run only tasks with one of these tags: -T a,b, repeated, or -T a b after the load file',
      group: 'Script',
      commands: ['run', 'master', 'plan'],
    },
    tagNames,
  ),
  excludeTags: list(
    {
      long: 'exclude-tags',
      short: 'E',
      valueName: 'TAG',
      help: 'Leave out tasks with one of these tags; wins over --tags',
      group: 'Script',
      commands: ['run', 'master', 'plan'],
    },
    tagNames,
  ),
  scriptEnv: pairs(
    {
      long: 'env',
      short: 'e',
      valueName: 'K=V',
      fallback: {},
      help: 'Environment variable of the script, on every worker; repeatable',
      group: 'Script',
      commands: ['run', 'master', 'plan'],
    },
    keyAndValue(/^[A-Za-z_]\w*$/, 'KEY=VALUE, such as REGION=eu'),
    (all) => Object.fromEntries(all),
  ),
  settings: pairs(
    {
      long: 'set',
      valueName: 'CLASS.ATTR=V',
      fallback: {},
      help: 'Static attribute of a class, such as Shopper.weight=3; repeatable',
      group: 'Script',
      commands: ['run', 'master', 'plan'],
    },
    keyAndValue(
      /^[\p{L}_$][\p{L}\p{N}_$]*\.[\p{L}_$][\p{L}\p{N}_$]*$/u,
      'Class.attribute=value, such as Shopper.weight=3',
    ),
    (all) => Object.fromEntries(all),
  ),
};
