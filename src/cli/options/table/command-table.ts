import type { CommandName, OptionKey } from './option-values.ts';

/** What a command is, as `--help` tells it and as parsing needs it. */
export interface CommandSpec {
  /** One sentence. */
  readonly purpose: string;
  /** The arguments as the usage line shows them. */
  readonly usage: string;
  readonly arguments: readonly (readonly [name: string, meaning: string])[];
  /** Complete command lines with what they do. */
  readonly examples: readonly (readonly [commandLine: string, meaning: string])[];
  /** Defaults that differ from the option table's. */
  readonly defaults: Partial<Readonly<Record<OptionKey, string | number>>>;
  /** Whether `KATYDID_…` variables hold for it. */
  readonly readsEnvironment: boolean;
  /** Whether the configuration file holds for the command: it configures runs. */
  readonly readsConfig: boolean;
}

const LOADFILE_ARGUMENT = [
  'loadfile',
  'TypeScript or JavaScript file with the users; default: loadfile.ts, then loadfile.js, in the working directory',
] as const;
const CLASSES_ARGUMENT = [
  'UserClass…',
  'Only these classes; default: all that it exports',
] as const;

/** Every command of this version, in the order of `katydid --help`. */
export const COMMAND_TABLE: Readonly<Record<CommandName, CommandSpec>> = {
  run: {
    purpose: 'Runs a load test from this machine: a master and local workers, live UI, summary.',
    usage: '[loadfile | URL] [UserClass…]',
    arguments: [LOADFILE_ARGUMENT, ['URL', 'Get just this, without a load file'], CLASSES_ARGUMENT],
    examples: [
      ['katydid run', 'loadfile.ts here, one user, until Ctrl-C'],
      ['katydid run shop.ts -H http://localhost:8000 -u 500 -r 50 -t 5m', 'five minutes of it'],
      ['katydid run shop.ts Shopper -T read --csv out/shop', 'one class, one tag, CSV files'],
      ['katydid run http://localhost:8000/hello -u 10 -t 30s', 'one URL, no load file'],
      [
        'katydid run http://localhost:8000/cart -X POST -d @cart.json -u 10 -n 1000',
        '1,000 requests',
      ],
      ['katydid run --targets urls.txt -n 500', 'the URLs of a file, in turns'],
      ['katydid run shop.ts --once --trace', 'a trial: each task once, every exchange shown'],
      ['katydid run shop.ts -t 1m --headless --json -', 'for a script: JSON and nothing else'],
    ],
    defaults: {},
    readsEnvironment: true,
    readsConfig: true,
  },
  master: {
    purpose: 'Runs a load test with workers that join from anywhere.',
    usage: '[loadfile] [UserClass…]',
    arguments: [LOADFILE_ARGUMENT, CLASSES_ARGUMENT],
    examples: [
      [
        'katydid master shop.ts --expect-workers 4 -u 2000 -r 100 -t 10m',
        'prints the line that starts a worker',
      ],
      [
        'katydid master shop.ts --bind 127.0.0.1 --token-file token',
        'writes the join token to a file, readable by you alone',
      ],
      [
        'katydid master --resume runs/today.katydid',
        'carries on a run whose master was killed: same token, same workers, same clock',
      ],
    ],
    defaults: { bind: '0.0.0.0' },
    readsEnvironment: true,
    readsConfig: true,
  },
  worker: {
    purpose: 'Joins a master and gets script, plan and everything else from it.',
    usage: '<master>',
    arguments: [
      ['master', "The master's address: host, host:port or URL; the port defaults to 5557"],
    ],
    examples: [
      [
        'katydid worker wss://10.0.0.5:5557 --token-file token',
        'the token, or a secret that both sides know, from a file',
      ],
      [
        'katydid worker --master wss://10.0.0.5 --token-file token',
        'the same; KATYDID_TOKEN in the environment may hold it, too',
      ],
    ],
    defaults: {},
    readsEnvironment: true,
    readsConfig: true,
  },
  plan: {
    purpose: 'Prints which user would start when and on which worker, and sends nothing.',
    usage: '[loadfile] [UserClass…]',
    arguments: [LOADFILE_ARGUMENT, CLASSES_ARGUMENT],
    examples: [
      ['katydid plan shop.ts -u 100 -r 10 -w 4', 'as a table'],
      ['katydid plan shop.ts -u 100 -r 10 -w 4 --json', 'as JSON'],
      ['katydid plan shop.ts --list', 'its classes, weights, hosts, tasks and tags'],
    ],
    defaults: {},
    readsEnvironment: true,
    readsConfig: true,
  },
  report: {
    purpose: 'Makes any output again from the file of a finished or crashed run.',
    usage: '<runfile>',
    arguments: [['runfile', 'The .katydid file that a run wrote']],
    examples: [
      ['katydid report runs/today.katydid', 'the summary'],
      ['katydid report runs/today.katydid --csv out/today --json today.json', 'files'],
      [
        'katydid report runs/today.katydid --merge *.katydid-salvage',
        'with what workers without their master could not deliver',
      ],
    ],
    defaults: {},
    readsEnvironment: true,
    readsConfig: true,
  },
  ctl: {
    purpose: 'Talks to a running master: status, the terminal UI, users, stop, reset.',
    usage: '<command>',
    arguments: [
      ['status', 'How the run stands'],
      ['watch', 'The terminal UI; q or Ctrl-C closes it and the run goes on, x stops the run'],
      ['users N', 'Change the number of users, at --spawn-rate or at the rate of the run'],
      ['stop', 'Stop gracefully'],
      ['reset', 'Begin the statistics anew'],
    ],
    examples: [
      ['katydid ctl status', 'of a master on this machine'],
      ['katydid ctl users 500 --spawn-rate 20', 'more users, or fewer'],
      ['katydid ctl --master 10.0.0.5:5557 --token-file token watch', 'from another machine'],
    ],
    defaults: { masterUrl: 'ws://127.0.0.1:5557' },
    readsEnvironment: true,
    readsConfig: false,
  },
  target: {
    purpose: 'Starts the embedded target server, which counts what it really answered.',
    usage: '',
    arguments: [],
    examples: [
      ['katydid target', 'http://127.0.0.1:8000 with /delay-job, /hello, /bimodal, /fail/P …'],
      ['katydid target --port 9000', 'on another port; GET /__truth gives its counts'],
    ],
    defaults: { port: 8000 },
    readsEnvironment: true,
    readsConfig: false,
  },
  demo: {
    purpose: 'Starts target, master, 2 workers and an example script: something to look at.',
    usage: '',
    arguments: [],
    examples: [
      ['katydid demo', 'for a minute, or until Ctrl-C'],
      ['katydid demo -u 200 -t 30s --headless', 'for 30 seconds, without the terminal UI'],
    ],
    // There is more to look at with many users. The script fails now and then on purpose, which is no
    // reason for a red end.
    defaults: { users: 100, spawnRate: 10, workers: 2, runTimeSeconds: 60, exitCodeOnError: 0 },
    readsEnvironment: true,
    readsConfig: false,
  },
  init: {
    purpose: 'Writes a commented loadfile.ts and a tsconfig.json that type-checks it.',
    usage: '[dir]',
    arguments: [['dir', 'Where to; made where it does not exist; default: the working directory']],
    examples: [
      ['katydid init', 'here'],
      ['katydid init load-test', 'in a folder of its own'],
    ],
    defaults: {},
    readsEnvironment: false,
    readsConfig: false,
  },
};

/** The commands' names, in the order of `katydid --help`. */
export const COMMAND_NAMES: readonly CommandName[] =
  // The table's type says that its keys are command names; Object.keys forgets it.
  Object.keys(COMMAND_TABLE) as CommandName[];

/** Whether the text is the name of a command. */
export function isCommandName(text: string): text is CommandName {
  return Object.hasOwn(COMMAND_TABLE, text);
}
