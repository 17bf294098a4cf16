import { VERSION } from '../../base/version.ts';
import type { RunMasterOptions } from '../../master/run/run-master-options.ts';
import type { Json, RunConfig } from '../../protocol/messages/master-messages.ts';
import type { RunInfo } from '../../store/record/run-record.ts';
import type { RunScript } from '../loadfile/run-script.ts';
import type { LocalWorkersOptions } from './local-workers.ts';
import type { RunIdentity } from './run-identity.ts';
import type { SessionSpec } from './session-spec.ts';

/** Seconds without a master after which users stop, where no other number was given. */
const ORPHAN_TIMEOUT_SECONDS = 30;
/** Seconds for which workers try to rejoin, where no other number was given. */
const REJOIN_TIMEOUT_SECONDS = 600;
/** Seconds for which a local worker waits for the first answer, where no other number was given. */
const JOIN_TIMEOUT_SECONDS = 60;

/** What of a session decides how its run is configured. */
export interface ConfiguredSession
  extends Pick<SessionSpec, 'options' | 'expectedWorkers' | 'maxWaitSeconds' | 'commandLine'> {
  readonly script: Pick<RunScript, 'name' | 'sha256' | 'classes' | 'host'>;
}

/** What the run file says of a run at its beginning. */
export function runInfoOf(spec: ConfiguredSession, identity: RunIdentity): RunInfo {
  const { script, options, expectedWorkers, commandLine } = spec;
  return {
    id: identity.runId,
    katydidVersion: VERSION,
    nodeVersion: process.version,
    createdAtEpochMs: identity.createdAtEpochMs,
    startedAtEpochMs: null,
    host: script.host,
    loadfile: script.name,
    scriptSha256: script.sha256,
    users: options.users,
    spawnRate: options.spawnRate,
    workers: expectedWorkers,
    seed: identity.seed,
    labels: options.labels,
    runTimeSeconds: options.runTimeSeconds ?? null,
    commandLine,
    exitCodeOnError: options.exitCodeOnError,
    strict: options.strict,
  };
}

/**
 * What every worker is told of the run.
 *
 * @param scriptOptions - The run's options as `environment.options` shows them.
 */
export function workerConfigOf(
  spec: ConfiguredSession,
  identity: RunIdentity,
  scriptOptions: Readonly<Record<string, Json>>,
): Omit<RunConfig, 'workerIndex'> {
  const { script, options, expectedWorkers } = spec;
  return {
    runId: identity.runId,
    host: options.host ?? '',
    seed: identity.seed,
    classes: script.classes.map((each) => each.name),
    stopTimeoutMs: options.stopTimeoutSeconds * 1000,
    orphanTimeoutMs: (options.orphanTimeoutSeconds ?? ORPHAN_TIMEOUT_SECONDS) * 1000,
    rejoinTimeoutMs: (options.rejoinTimeoutSeconds ?? REJOIN_TIMEOUT_SECONDS) * 1000,
    lostAfterMs: options.lostAfterSeconds * 1000,
    tags: options.tags,
    excludeTags: options.excludeTags,
    env: options.scriptEnv,
    settings: options.settings,
    options: scriptOptions,
    http: identity.http,
    logLevel: options.logLevel,
    workerCount: expectedWorkers,
  };
}

/** The numbers that steer a run on the master. */
export type RunSettings = Pick<
  RunMasterOptions,
  | 'users'
  | 'spawnRate'
  | 'iterations'
  | 'expectedWorkers'
  | 'maxWaitMs'
  | 'runTimeMs'
  | 'lateAfterMs'
  | 'lostAfterMs'
  | 'workerWaitMs'
  | 'rebalance'
  | 'resetStats'
>;

/**
 * Gives the numbers that steer a run on the master.
 *
 * @param endsByShape - Whether a load shape decides when the run ends, and not `--run-time`.
 */
export function runSettingsOf(
  { options, expectedWorkers, maxWaitSeconds }: ConfiguredSession,
  endsByShape: boolean,
): RunSettings {
  return {
    users: options.users,
    spawnRate: options.spawnRate,
    iterations: options.iterations,
    expectedWorkers,
    maxWaitMs: millisecondsOf(maxWaitSeconds),
    runTimeMs: endsByShape ? undefined : millisecondsOf(options.runTimeSeconds),
    lateAfterMs: options.lateAfterSeconds * 1000,
    lostAfterMs: options.lostAfterSeconds * 1000,
    workerWaitMs: options.workerWaitSeconds * 1000,
    rebalance: options.rebalance,
    resetStats: options.resetStats,
  };
}

/** How long a local worker goes on without its master. */
export function localTimeoutsOf(options: SessionSpec['options']): LocalWorkersOptions['timeouts'] {
  const orphanSeconds = options.orphanTimeoutSeconds ?? ORPHAN_TIMEOUT_SECONDS;
  return {
    joinSeconds: options.joinTimeoutSeconds ?? JOIN_TIMEOUT_SECONDS,
    orphanSeconds,
    // A local worker without its master has nobody to come back to.
    rejoinSeconds: orphanSeconds,
  };
}

function millisecondsOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000;
}
