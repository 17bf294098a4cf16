import { messageOf } from '../../../base/errors.ts';
import { checkToken } from '../../../protocol/join/token.ts';
import { masterAddress } from './master-address.ts';
import { flag, list, type OptionTable, single } from './option-spec.ts';
import type { InitOptions, LeaseOptions, ListenOptions, MasterOptions } from './option-values.ts';
import {
  durationAboveZero,
  durationFromZero,
  good,
  listenAddress,
  nonEmptyText,
  type Parsed,
  sha256Hex,
  wholeNumber,
} from './value-parsers.ts';

/** Options that say how master, workers and the target find each other, and how patient they are. */
export const NETWORK_OPTION_TABLE: Pick<
  OptionTable,
  | keyof (ListenOptions & LeaseOptions & InitOptions)
  | keyof Pick<MasterOptions, 'expectWorkers' | 'expectWorkersMaxWaitSeconds' | 'resumeFile'>
  | 'masterUrl'
  | 'allowedScripts'
> = {
  expectWorkers: single(
    {
      long: 'expect-workers',
      valueName: 'N',
      fallback: 1,
      fallbackText: '1',
      help: 'Start once so many workers have joined',
      group: 'Workers',
      commands: ['master'],
    },
    wholeNumber(1, 10_000),
  ),
  expectWorkersMaxWaitSeconds: single(
    {
      long: 'expect-workers-max-wait',
      valueName: 'S',
      fallback: undefined,
      fallbackText: 'no limit',
      help: 'Give up waiting for them after this long, with exit status 5',
      group: 'Workers',
      commands: ['master'],
    },
    durationAboveZero,
  ),
  resumeFile: single(
    {
      long: 'resume',
      valueName: 'FILE',
      fallback: undefined,
      help: 'Carry on the run of this file, whose master is gone, with its own options',
      group: 'Workers',
      commands: ['master'],
      configurable: false,
    },
    nonEmptyText('the name of a run file'),
  ),
  lateAfterSeconds: single(
    {
      long: 'late-after',
      valueName: 'S',
      fallback: 3,
      fallbackText: '3',
      help: 'Silence after which a worker counts as late',
      group: 'Workers',
      commands: ['run', 'master', 'demo'],
    },
    durationAboveZero,
  ),
  lostAfterSeconds: single(
    {
      long: 'lost-after',
      valueName: 'S',
      fallback: 15,
      fallbackText: '15',
      help: 'Silence after which a worker counts as lost and its users go to the others',
      group: 'Workers',
      commands: ['run', 'master', 'demo'],
    },
    durationAboveZero,
  ),
  workerWaitSeconds: single(
    {
      long: 'worker-wait',
      valueName: 'S',
      fallback: 0,
      fallbackText: '0',
      help: 'A run that has lost all its workers waits so long for one to join, then ends with exit status 5',
      group: 'Workers',
      commands: ['run', 'master', 'demo'],
    },
    durationFromZero,
  ),
  rebalance: {
    ...flag({
      long: 'rebalance',
      fallbackText: 'on',
      help: 'A worker that joins while the run goes on takes over its share of the users; with --no-rebalance it gets new ones alone',
      group: 'Workers',
      commands: ['run', 'master', 'demo'],
    }),
    fallback: true,
  },
  orphanTimeoutSeconds: single(
    {
      long: 'orphan-timeout',
      valueName: 'S',
      fallback: 30,
      fallbackText: '30',
      help: 'A worker without its master stops its load after this long',
      group: 'Workers',
      commands: ['run', 'worker', 'demo'],
    },
    durationFromZero,
  ),
  rejoinTimeoutSeconds: single(
    {
      long: 'rejoin-timeout',
      valueName: 'S',
      fallback: 600,
      fallbackText: '600',
      help: 'It goes on trying to rejoin for this long',
      group: 'Workers',
      commands: ['run', 'worker', 'demo'],
    },
    durationFromZero,
  ),
  joinTimeoutSeconds: single(
    {
      long: 'join-timeout',
      valueName: 'S',
      fallback: 60,
      fallbackText: '60',
      help: 'It waits for a first answer for this long',
      group: 'Workers',
      commands: ['run', 'worker', 'demo'],
    },
    durationAboveZero,
  ),
  bind: single(
    {
      long: 'bind',
      valueName: 'ADDR',
      fallback: '127.0.0.1',
      fallbackText: '127.0.0.1',
      help: 'Address to listen on',
      group: 'Network',
      commands: ['run', 'master', 'target', 'demo'],
    },
    listenAddress,
  ),
  port: single(
    {
      long: 'port',
      valueName: 'P',
      fallback: 5557,
      fallbackText: '5557',
      help: 'Port to listen on; 0: any free one',
      group: 'Network',
      commands: ['run', 'master', 'target', 'demo'],
    },
    wholeNumber(0, 65_535),
  ),
  masterUrl: single(
    {
      long: 'master',
      valueName: 'URL',
      fallback: undefined,
      help: 'The master, as host, host:port or URL; a worker takes it as its first argument, too',
      group: 'Network',
      commands: ['worker', 'ctl'],
    },
    masterAddress,
  ),
  token: single(
    {
      long: 'token',
      valueName: 'T',
      fallback: undefined,
      help: 'Join token: kd1.<hash>.<secret>, or a secret of at least 16 characters chosen in advance',
      group: 'Network',
      commands: ['run', 'master', 'worker', 'ctl', 'demo'],
      secret: true,
    },
    joinToken,
  ),
  tokenFile: single(
    {
      long: 'token-file',
      valueName: 'FILE',
      fallback: undefined,
      help: 'File with the join token; a master writes it where it does not exist',
      group: 'Network',
      commands: ['run', 'master', 'worker', 'ctl', 'demo'],
    },
    nonEmptyText('a file name'),
  ),
  allowedScripts: list(
    {
      long: 'allow-script-sha256',
      valueName: 'HEX',
      help: 'Run no script but this one, whatever the master sends; repeatable',
      group: 'Workers',
      commands: ['worker'],
    },
    sha256Hex,
  ),
  noTls: flag({
    long: 'no-tls',
    fallbackText: 'TLS unless bound to loopback',
    help: 'Plain ws:// for workers; the token is still needed',
    group: 'Network',
    commands: ['run', 'master', 'demo'],
  }),
  force: flag({
    long: 'force',
    help: 'Write over files that exist',
    group: 'General',
    commands: ['init'],
    configurable: false,
  }),
};

function joinToken(text: string): Parsed<string> {
  try {
    return good(checkToken(text));
  } catch (error) {
    return { ok: false, problem: messageOf(error) };
  }
}
