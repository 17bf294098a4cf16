import type { RunConfig } from '../../src/protocol/messages/master-messages.ts';

/** What a master tells every worker of a run of one class `A`, with one worker, unless changed. */
export function fleetConfig(
  changes: Partial<Omit<RunConfig, 'workerIndex'>> = {},
): Omit<RunConfig, 'workerIndex'> {
  return {
    runId: 'run',
    host: '',
    seed: 1,
    classes: ['A'],
    stopTimeoutMs: 0,
    orphanTimeoutMs: 0,
    rejoinTimeoutMs: 0,
    lostAfterMs: 15_000,
    tags: [],
    excludeTags: [],
    env: {},
    settings: {},
    options: {},
    logLevel: 'info',
    workerCount: 1,
    ...changes,
  };
}
