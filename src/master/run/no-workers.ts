import { KatydidError } from '../../base/errors.ts';

/** Without any worker there is no load. */
export function allWorkersLost(): KatydidError {
  return new KatydidError('KAT_NO_WORKERS', 'all workers are lost', {
    hint: 'What they had delivered is in the run file; see the log for why they went.',
  });
}

/** One of the processes that the run waits for is gone. */
export function workerProcessEnded(why: string): KatydidError {
  return new KatydidError('KAT_NO_WORKERS', `a worker process ended before the run began: ${why}`, {
    hint: 'Its last lines, above, say why.',
  });
}
