import { KatydidError } from '../../base/errors.ts';
import type { MasterMessage } from '../../protocol/messages/master-messages.ts';
import type { LogLevel } from '../../stats/snapshot/run-snapshot.ts';
import type { StopReason } from '../../store/record/run-record.ts';

/** After the stop timeout, the time that a worker has for its last intervals before it is given up. */
const STOP_GRACE_MS = 5000;
/** After a forced stop, the time that a worker has for its last intervals before it is given up. */
const FORCED_GRACE_MS = 2000;

/**
 * Where a run stands.
 *
 * | state | on | next |
 * | --- | --- | --- |
 * | waiting | enough-workers | preparing |
 * | waiting | resumed | running |
 * | preparing | recorded | running |
 * | preparing | none-left | waiting |
 * | waiting, preparing | stop, nobody-came | ending |
 * | waiting, preparing | force, store-failed | finished |
 * | running | stop, force, store-failed, run-time, alone, exhausted | stopping |
 * | stopping | workers-done | ending |
 * | ending | script-ended, force, store-failed | finished |
 *
 * A pair without a row leaves the state as it is. A run is `preparing` while the script sets up and the run
 * file learns who takes part, and `ending` while the script does what it wants after the last user.
 */
export type RunPhase = 'waiting' | 'preparing' | 'running' | 'stopping' | 'ending' | 'finished';

/** The run's life so far. */
export interface RunLife {
  readonly phase: RunPhase;
  /** How long running iterations have when the run stops. */
  readonly stopTimeoutMs: number;
  /** Why it stops; the first reason counts. */
  readonly stopReason: StopReason;
  /** Why it could not run, or not to its end. */
  readonly error: KatydidError | undefined;
  /** Whether it was cut short by force. */
  readonly isForced: boolean;
  /** Whether the run file is just being told who takes part. */
  readonly isRecording: boolean;
  /** When the last user ended, counted from the run's start; 0 where none is known to have run. */
  readonly lastUserEndUs: number;
}

/** What happens to a run. */
export type LifeEvent =
  /** Workers enough are ready, or somebody wants to start with those that are there. */
  | { readonly type: 'enough-workers' }
  /** Everything is prepared on all workers that are there. */
  | { readonly type: 'prepared' }
  /** The run file knows these workers, and they start at this instant, `leadMs` from now. */
  | {
      readonly type: 'recorded';
      readonly workerIds: readonly string[];
      readonly startUs: number;
      readonly leadMs: number;
    }
  /** All workers that were to start have gone. */
  | { readonly type: 'none-left' }
  /** Another process started the run at this instant. */
  | { readonly type: 'resumed'; readonly startUs: number }
  /** Somebody or something wants the run to end gracefully. */
  | { readonly type: 'stop'; readonly reason: StopReason; readonly error?: KatydidError }
  /** What still runs shall be cut. */
  | { readonly type: 'force'; readonly reason: StopReason }
  /** Nothing can be stored any more. */
  | { readonly type: 'store-failed'; readonly error: KatydidError }
  /** Too few workers joined in time. */
  | {
      readonly type: 'nobody-came';
      readonly there: number;
      readonly expected: number;
      readonly waitedMs: number;
    }
  /** The run time is over. */
  | { readonly type: 'run-time' }
  /** All workers are lost, and nobody came in time. */
  | { readonly type: 'alone' }
  /** Every user has ended by itself. */
  | { readonly type: 'exhausted'; readonly areIterationsMade: boolean }
  /** A user ended, or ran at least until then. */
  | { readonly type: 'user-ended'; readonly atUs: number }
  /** Nothing is expected of any worker any more. */
  | { readonly type: 'workers-done' }
  /** The script has done what it wants after the last user. */
  | { readonly type: 'script-ended' };

/** What has to be done. */
export type LifeEffect =
  /** Begin to wait for workers, for no longer than was asked for. */
  | { readonly type: 'await-workers' }
  | { readonly type: 'end-wait' }
  /** Let the script set up; where there is no script, the run is set up at once. */
  | { readonly type: 'prepare' }
  /** Tell the run file who takes part. */
  | { readonly type: 'record-workers' }
  | {
      readonly type: 'start-workers';
      readonly workerIds: readonly string[];
      readonly startUs: number;
      readonly leadMs: number;
    }
  /** Go on with a run that started at this instant. */
  | { readonly type: 'take-up'; readonly startUs: number }
  /** Start nothing, and end nothing by itself, from now on. */
  | { readonly type: 'end-start' }
  | { readonly type: 'announce-stop'; readonly reason: StopReason; readonly timeoutMs: number }
  /** Show when what still runs is cut. */
  | { readonly type: 'cut-after'; readonly delayMs: number }
  | { readonly type: 'tell-workers'; readonly message: MasterMessage }
  | { readonly type: 'commit' }
  /** Give up workers that have not ended by then; workers that are to come back may have longer. */
  | {
      readonly type: 'give-up-after';
      readonly delayMs: number;
      readonly waitsForRestored: boolean;
    }
  | { readonly type: 'publish' }
  | { readonly type: 'log'; readonly level: LogLevel; readonly text: string }
  /** Look whether anything is expected of any worker. */
  | { readonly type: 'look-for-end' }
  /** Hold the run's time, and let the script do what it wants after the last user. */
  | { readonly type: 'end-script' }
  | {
      readonly type: 'conclude';
      readonly stopReason: StopReason;
      readonly lastUserEndUs: number;
    };

/** What became of a run's life, and what has to be done in this order. */
export interface LifeStep {
  readonly life: RunLife;
  readonly effects: readonly LifeEffect[];
}

/**
 * A run that waits for workers.
 *
 * @param lastUserEndUs - When the last user ended under an earlier process of the run; 0 where there was none.
 */
export function newLife(stopTimeoutMs: number, lastUserEndUs = 0): RunLife {
  return {
    phase: 'waiting',
    stopTimeoutMs,
    stopReason: 'control',
    error: undefined,
    isForced: false,
    isRecording: false,
    lastUserEndUs,
  };
}

/** What an event makes of a run; see the table of {@link RunPhase}. Knows no clock, timer or worker. */
export function nextLife(life: RunLife, event: LifeEvent): LifeStep {
  switch (event.type) {
    case 'enough-workers':
    case 'prepared':
    case 'recorded':
    case 'none-left':
    case 'resumed':
      return onStartEvent(life, event);
    case 'stop':
      return stopFor(life, event.reason, event.error);
    case 'nobody-came':
      return isBeforeStart(life) ? stopFor(life, 'lost-workers', tooFewCame(event)) : stay(life);
    case 'run-time':
      return stopRunning(life, 'run-time');
    case 'alone':
      return stopRunning(life, 'lost-workers', allWorkersLost);
    case 'exhausted':
      return stopRunning(life, event.areIterationsMade ? 'iterations' : 'users-done');
    case 'force':
      return force(life, event.reason);
    case 'store-failed':
      return storeFailed(life, event.error);
    case 'user-ended':
      return userEnded(life, event.atUs);
    case 'workers-done':
      return life.phase === 'stopping' ? end(life) : stay(life);
    case 'script-ended':
      return life.phase === 'ending' ? conclude(life) : stay(life);
  }
}

/** The events of a run that has no users yet. */
type StartEvent = Extract<
  LifeEvent,
  { readonly type: 'enough-workers' | 'prepared' | 'recorded' | 'none-left' | 'resumed' }
>;

function onStartEvent(life: RunLife, event: StartEvent): LifeStep {
  const isWaiting = life.phase === 'waiting';
  const isPreparing = life.phase === 'preparing';
  if (event.type === 'enough-workers' && isWaiting) {
    return to('preparing', life, [{ type: 'end-wait' }, { type: 'prepare' }, { type: 'publish' }]);
  }
  if (event.type === 'resumed' && isWaiting) {
    return to('running', life, [{ type: 'take-up', startUs: event.startUs }]);
  }
  if (event.type === 'prepared' && isPreparing && !life.isRecording) {
    return { life: { ...life, isRecording: true }, effects: [{ type: 'record-workers' }] };
  }
  const recorded = { ...life, isRecording: false };
  if (event.type === 'none-left' && isPreparing) {
    return to('waiting', recorded, [{ type: 'await-workers' }]);
  }
  if (event.type === 'recorded' && isPreparing) {
    const { workerIds, startUs, leadMs } = event;
    return to('running', recorded, [{ type: 'start-workers', workerIds, startUs, leadMs }]);
  }
  return stay(life);
}

function stopRunning(life: RunLife, reason: StopReason, errorOf?: () => KatydidError): LifeStep {
  return life.phase === 'running' ? stopFor(life, reason, errorOf?.()) : stay(life);
}

/** Only the first reason counts. */
function stopFor(life: RunLife, reason: StopReason, error?: KatydidError): LifeStep {
  const stopped = { ...life, stopReason: reason, error: life.error ?? error };
  if (isBeforeStart(life)) return end(stopped);
  if (life.phase !== 'running') return stay(life);
  const { stopTimeoutMs: timeoutMs } = life;
  return to('stopping', stopped, [
    { type: 'end-start' },
    { type: 'announce-stop', reason, timeoutMs },
    { type: 'cut-after', delayMs: timeoutMs },
    { type: 'tell-workers', message: { type: 'stop', timeoutMs } },
    // A master that is killed now and resumed must know that it was stopping.
    { type: 'commit' },
    { type: 'give-up-after', delayMs: timeoutMs + STOP_GRACE_MS, waitsForRestored: true },
    { type: 'publish' },
    { type: 'look-for-end' },
  ]);
}

/** No user runs any more: the script may have something to do after the last one. */
function end(life: RunLife): LifeStep {
  return to('ending', life, [{ type: 'end-start' }, { type: 'end-script' }]);
}

function force(life: RunLife, reason: StopReason): LifeStep {
  if (life.phase === 'finished') return stay(life);
  const { life: stopped, effects } = stopFor({ ...life, isForced: true }, reason);
  const more = stopped.phase === 'ending' ? conclude(stopped) : { life: stopped, effects: CUT };
  return { life: more.life, effects: [...effects, ...more.effects] };
}

const CUT: readonly LifeEffect[] = [
  { type: 'cut-after', delayMs: 0 },
  { type: 'tell-workers', message: { type: 'cut' } },
  { type: 'give-up-after', delayMs: FORCED_GRACE_MS, waitsForRestored: false },
];

/** Nothing that comes now can be kept, so there is nothing to wait for. */
function storeFailed(life: RunLife, error: KatydidError): LifeStep {
  const { life: next, effects } = force({ ...life, error: life.error ?? error }, 'disk-full');
  return {
    life: next,
    effects: [{ type: 'log', level: 'error', text: error.message }, ...effects],
  };
}

function userEnded(life: RunLife, atUs: number): LifeStep {
  if (life.phase === 'finished') return stay(life);
  return stay({ ...life, lastUserEndUs: Math.max(life.lastUserEndUs, atUs) });
}

function conclude(life: RunLife): LifeStep {
  const { stopReason, lastUserEndUs } = life;
  return to('finished', life, [{ type: 'conclude', stopReason, lastUserEndUs }]);
}

function isBeforeStart({ phase }: RunLife): boolean {
  return phase === 'waiting' || phase === 'preparing';
}

function to(phase: RunPhase, life: RunLife, effects: readonly LifeEffect[]): LifeStep {
  return { life: { ...life, phase }, effects };
}

function stay(life: RunLife): LifeStep {
  return { life, effects: [] };
}

/** Without any worker there is no load. */
function allWorkersLost(): KatydidError {
  return new KatydidError('KAT_NO_WORKERS', 'all workers are lost', {
    hint: 'What they had delivered is in the run file; see the log for why they went.',
  });
}

function tooFewCame({
  there,
  expected,
  waitedMs,
}: Extract<LifeEvent, { readonly type: 'nobody-came' }>): KatydidError {
  const text = `${there} of ${expected} workers joined within ${waitedMs / 1000} s`;
  return new KatydidError('KAT_NO_WORKERS', text, {
    hint: 'Start them with the command above, or ask for fewer with --expect-workers.',
  });
}
