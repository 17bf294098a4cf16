import { ScriptError } from '../../base/errors.ts';
import { refuseForeignNames, snakeCaseNames } from '../../base/foreign-names.ts';
import type { RequestTotals } from '../../measure/request-totals.ts';
import { registerMessage, sendMessage } from './messages.ts';
import {
  askExitCode,
  askedExitCode,
  type JsonValue,
  processFacts,
  processServices,
  setupData,
} from './script-process.ts';

/** A message as its listener gets it. */
export interface ReceivedMessage {
  /** What was sent: JSON. */
  readonly data: unknown;
  /** `'master'`, or the id of the worker that sent it (`'w1'` …). */
  readonly from: string;
}

/** The run, as a script may steer it. */
export interface EnvironmentRunner {
  /** Ends the whole run gracefully, from any process; the run's stop reason is `script` then. */
  quit(): void;
  /**
   * Has `listener` called for each message of that name that arrives in this process. One listener a
   * name: the last one counts. What it throws is an exception in the report.
   *
   * @param name - At most 200 characters.
   */
  registerMessage(name: string, listener: (message: ReceivedMessage) => unknown): void;
  /**
   * Sends a message: from the master to all workers (or one), from a worker to the master. It arrives
   * exactly once, in order, also where the connection breaks in between.
   *
   * @param data - JSON of at most 64 kB. @default null
   * @param worker - (Master only) the id of one worker, such as `'w1'`. @default all that are ready
   * @throws {ScriptError} Where `data` is no JSON or too long.
   */
  sendMessage(name: string, data?: JsonValue, worker?: string): void;
}

/** The run's figures. */
export interface EnvironmentStats {
  /**
   * Figures of all requests so far, as `total` in the JSON summary.
   *
   * @throws {ScriptError} On a worker, which knows only its own part.
   */
  readonly total: RequestTotals;
}

/** What a script may know of the run: `environment`, and `this.environment` in users and task sets. */
export interface Environment {
  /** Which kind of process this is. Users run on workers; `setup` and shapes on the master. */
  readonly role: 'master' | 'worker';
  /** Number of this worker, 0-based; -1 on the master. */
  readonly workerIndex: number;
  /** Number of workers that the run was asked to have, 1 or more. */
  readonly workerCount: number;
  /** Base URL given by `--host`; empty where each class has its own. */
  readonly host: string;
  /** The run's options as parsed, by their camelCase names (`users`, `spawnRate`, `runTime` in seconds …), those of `defineOptions` included. */
  readonly options: Readonly<Record<string, unknown>>;
  /** What `setup` returned: JSON; `undefined` before that, or without one. */
  readonly data: unknown;
  /** Steers the run: `quit`, and messages between master and workers. */
  readonly runner: EnvironmentRunner;
  /** The figures so far; known on the master alone. */
  readonly stats: EnvironmentStats;
  /**
   * (Master) the exit status to end with, in place of 0, 1 or 3; `undefined` leaves it to the results.
   * 0 to 255.
   */
  processExitCode: number | undefined;
}

const RUNNER: EnvironmentRunner = {
  quit: () => processServices().quit('runner.quit()'),
  registerMessage,
  sendMessage,
};
refuseForeignNames(RUNNER, 'environment.runner', {
  ...snakeCaseNames('environment.runner', ['registerMessage', 'sendMessage']),
  user_count: 'environment.stats, or a LoadShape with getCurrentUserCount()',
  stats: 'environment.stats',
  state: 'a listener of events.testStart or events.testStop',
  environment: 'environment',
});

class ProcessEnvironment implements Environment {
  readonly runner: EnvironmentRunner = RUNNER;
  readonly stats: EnvironmentStats = {
    get total(): RequestTotals {
      return currentTotals();
    },
  };

  get role(): 'master' | 'worker' {
    return processFacts().role;
  }

  get workerIndex(): number {
    return processFacts().workerIndex;
  }

  get workerCount(): number {
    return processFacts().workerCount;
  }

  get host(): string {
    return processFacts().host;
  }

  get options(): Readonly<Record<string, unknown>> {
    return processFacts().options;
  }

  get data(): unknown {
    return setupData();
  }

  get processExitCode(): number | undefined {
    return askedExitCode();
  }

  set processExitCode(code: number | undefined) {
    if (code !== undefined && !(Number.isInteger(code) && code >= 0 && code <= 255)) {
      throw new ScriptError(
        `environment.processExitCode: expected a whole number from 0 to 255, found ${String(code)}`,
      );
    }
    askExitCode(code);
  }
}

refuseForeignNames(ProcessEnvironment.prototype, 'environment', {
  ...snakeCaseNames('environment', ['workerIndex', 'workerCount', 'processExitCode']),
  parsed_options: 'environment.options',
  parsedOptions: 'environment.options',
  user_classes: 'the classes themselves: export those that take part',
  shape_class: 'a class that extends LoadShape',
});

function currentTotals(): RequestTotals {
  const totals = processServices().totals();
  if (totals !== undefined) return Object.setPrototypeOf({ ...totals }, TOTALS_PROTOTYPE);
  throw new ScriptError('environment.stats.total: only the master of a run knows it', {
    hint: "Ask where environment.role is 'master', in a listener of testStop or quitting for example.",
  });
}

const TOTALS_PROTOTYPE: object = Object.create(Object.prototype);
refuseForeignNames(TOTALS_PROTOTYPE, 'environment.stats.total', {
  num_requests: 'stats.total.requests',
  num_failures: 'stats.total.failures',
  fail_ratio: 'stats.total.failures / stats.total.requests',
  avg_response_time: 'stats.total.responseTime.mean',
  median_response_time: 'stats.total.responseTime.p50',
  max_response_time: 'stats.total.responseTime.max',
  min_response_time: 'stats.total.responseTime.min',
  total_rps: 'stats.total.requestsPerSecond',
  get_response_time_percentile: 'stats.total.responseTime.p95, and so on',
});

/** The run that this script is part of; the same object as `this.environment` in users. */
export const environment: Environment = new ProcessEnvironment();
