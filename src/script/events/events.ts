import { ScriptError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import type { Environment, EnvironmentRunner } from '../host/environment.ts';
import { EventHook } from '../host/event-hook.ts';
import { onEnterProcess } from '../host/script-process.ts';
import type { User } from '../user/user.ts';
import { RequestHook } from './request-hook.ts';

/** What most listeners get. */
export interface EnvironmentEvent {
  /** The run, as `environment` has it everywhere. */
  readonly environment: Environment;
}

/** Payload of `init`. */
export interface InitEvent extends EnvironmentEvent {
  /** The same as `environment.runner`. */
  readonly runner: EnvironmentRunner;
}

/** Payload of `spawningComplete`. */
export interface SpawningCompleteEvent {
  /** Number of users that run, on all workers together. */
  readonly userCount: number;
}

/** Payload of `quit`. */
export interface QuitEvent {
  /** Status that the process is about to end with. */
  readonly exitCode: number;
}

/** Payload of `userError`. */
export interface UserErrorEvent {
  /** The user whose code threw; `undefined` where it could not even be made. */
  readonly userInstance: User | undefined;
  /** What was thrown. */
  readonly exception: unknown;
  /** Its stack in the script's own files, as in the report. */
  readonly tb: string;
}

/** Payload of `workerConnect`. */
export interface WorkerConnectEvent {
  /** `'w1'` …: what `sendMessage` takes. */
  readonly clientId: string;
}

/** Payload of `reportToMaster` and `workerReport`. */
export interface WorkerReportEvent {
  /** Id of the worker. */
  readonly clientId: string;
  /** What travels: set fields in `reportToMaster`, read them in `workerReport`. JSON, at most 64 kB. */
  readonly data: Record<string, unknown>;
}

/** All events of a run. «Everywhere» is the master and every worker. */
export interface Events {
  /** Workers: a request is over and recorded. Also the way to record requests that are no HTTP. */
  readonly request: RequestHook;
  /** Everywhere: the load file is loaded, nothing has started. Awaited. */
  readonly init: EventHook<InitEvent>;
  /** Everywhere: the test begins; on the master after `setup`, on workers after that. No user starts before all listeners are done. Awaited. */
  readonly testStart: EventHook<EnvironmentEvent>;
  /** Everywhere: the test is about to stop, users still run. */
  readonly testStopping: EventHook<EnvironmentEvent>;
  /** Everywhere: no user runs any more; on the master after `teardown`. Awaited, on workers within `--stop-timeout`. */
  readonly testStop: EventHook<EnvironmentEvent>;
  /** Everywhere: all users asked for are running, for the first time. */
  readonly spawningComplete: EventHook<SpawningCompleteEvent>;
  /** Everywhere: the process is about to end; the place to set `environment.processExitCode`. Awaited. */
  readonly quitting: EventHook<EnvironmentEvent>;
  /** Everywhere: the last thing before the process ends. */
  readonly quit: EventHook<QuitEvent>;
  /** Workers: code of a user threw; the exception is in the report already. */
  readonly userError: EventHook<UserErrorEvent>;
  /** Master: the statistics start again. */
  readonly resetStats: EventHook<EnvironmentEvent>;
  /** Master: a worker is ready. */
  readonly workerConnect: EventHook<WorkerConnectEvent>;
  /** Workers: once a second, and once at the end; what is put into `data` goes to the master. */
  readonly reportToMaster: EventHook<WorkerReportEvent>;
  /** Master: what `reportToMaster` of a worker sent. */
  readonly workerReport: EventHook<WorkerReportEvent>;
}

const hooks: Events = {
  request: new RequestHook(),
  init: new EventHook('events.init'),
  testStart: new EventHook('events.testStart'),
  testStopping: new EventHook('events.testStopping'),
  testStop: new EventHook('events.testStop'),
  spawningComplete: new EventHook('events.spawningComplete'),
  quitting: new EventHook('events.quitting'),
  quit: new EventHook('events.quit'),
  userError: new EventHook('events.userError'),
  resetStats: new EventHook('events.resetStats'),
  workerConnect: new EventHook('events.workerConnect'),
  reportToMaster: new EventHook('events.reportToMaster'),
  workerReport: new EventHook('events.workerReport'),
};

const REQUEST_REMEDY = 'Write events.request: its `exception` is undefined where all went well.';
/** Events that Locust has, or had, in lower case without underscores, and what to write instead. */
const OF_LOCUST: Readonly<Record<string, string>> = {
  initcommandlineparser: 'Write `export const options = defineOptions({ … })`.',
  requestsuccess: REQUEST_REMEDY,
  requestfailure: REQUEST_REMEDY,
};

// A second script in one process (a test, `katydid plan` after `--help`) must not wake the first one's.
onEnterProcess(() => {
  for (const hook of Object.values(hooks)) hook.clear();
});

/**
 * The events of a run: `events.testStart.addListener(async ({ environment }) => { … })`. A listener that
 * throws is an exception in the report and disturbs nothing else.
 *
 * @throws {ScriptError} For an event that there is not, naming the nearest.
 */
export const events: Events = new Proxy(hooks, {
  get(target, key, receiver) {
    if (typeof key === 'symbol' || key in target || key === 'then' || key === 'toJSON') {
      return Reflect.get(target, key, receiver);
    }
    const remedy = OF_LOCUST[key.replaceAll('_', '').toLowerCase()];
    if (remedy !== undefined) throw new ScriptError(`there is no event '${key}'`, { hint: remedy });
    const meant = nearestName(key, Object.keys(target));
    throw new ScriptError(`there is no event '${key}'`, {
      hint:
        meant === undefined
          ? `There are ${Object.keys(target).join(', ')}.`
          : `Did you mean events.${meant}?`,
    });
  },
});
