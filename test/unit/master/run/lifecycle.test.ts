import { expect, it } from 'vitest';
import { KatydidError } from '../../../../src/base/errors.ts';
import {
  type LifeEffect,
  type LifeEvent,
  newLife,
  nextLife,
  type RunLife,
  type RunPhase,
} from '../../../../src/master/run/lifecycle.ts';
import { transitionTableOf } from '../../../support/transition-table.ts';

const PHASES = ['waiting', 'preparing', 'running', 'stopping', 'ending', 'finished'] as const;

const FAILURE = new KatydidError('KAT_STORE', 'the disk is gone');

/** One event of each type. */
const EVENTS: { readonly [Type in LifeEvent['type']]: LifeEvent & { readonly type: Type } } = {
  'enough-workers': { type: 'enough-workers' },
  prepared: { type: 'prepared' },
  recorded: { type: 'recorded', workerIds: ['w1', 'w2'], startUs: 5000, leadMs: 40 },
  'none-left': { type: 'none-left' },
  resumed: { type: 'resumed', startUs: 7000 },
  stop: { type: 'stop', reason: 'signal' },
  force: { type: 'force', reason: 'control' },
  'store-failed': { type: 'store-failed', error: FAILURE },
  'nobody-came': { type: 'nobody-came', there: 1, expected: 3, waitedMs: 4000 },
  'run-time': { type: 'run-time' },
  alone: { type: 'alone' },
  exhausted: { type: 'exhausted', areIterationsMade: false },
  'user-ended': { type: 'user-ended', atUs: 9000 },
  'workers-done': { type: 'workers-done' },
  'script-ended': { type: 'script-ended' },
};

/** A run in this state, with a stop timeout of 3 s. */
function lifeIn(phase: RunPhase): RunLife {
  return { ...newLife(3000, 6000), phase };
}

/** What a graceful stop of a running run asks for. */
function stopping(reason: LifeEffect & { readonly type: 'announce-stop' }): LifeEffect[] {
  return [
    { type: 'end-start' },
    reason,
    { type: 'cut-after', delayMs: 3000 },
    { type: 'tell-workers', message: { type: 'stop', timeoutMs: 3000 } },
    { type: 'commit' },
    { type: 'give-up-after', delayMs: 8000, waitsForRestored: true },
    { type: 'publish' },
    { type: 'look-for-end' },
  ];
}

const announced = (
  reason: 'signal' | 'control' | 'disk-full' | 'run-time' | 'lost-workers' | 'users-done',
): LifeEffect[] => stopping({ type: 'announce-stop', reason, timeoutMs: 3000 });

const END: readonly LifeEffect[] = [{ type: 'end-start' }, { type: 'end-script' }];
const CUT: readonly LifeEffect[] = [
  { type: 'cut-after', delayMs: 0 },
  { type: 'tell-workers', message: { type: 'cut' } },
  { type: 'give-up-after', delayMs: 2000, waitsForRestored: false },
];
const TOLD: LifeEffect = { type: 'log', level: 'error', text: 'the disk is gone' };

function concluded(stopReason: 'signal' | 'control' | 'disk-full'): LifeEffect {
  return { type: 'conclude', stopReason, lastUserEndUs: 6000 };
}

/** The effects of every pair that has any, in their order. */
const EFFECTS: Readonly<Record<string, readonly LifeEffect[]>> = {
  'waiting / enough-workers': [{ type: 'end-wait' }, { type: 'prepare' }, { type: 'publish' }],
  'waiting / resumed': [{ type: 'take-up', startUs: 7000 }],
  'waiting / stop': END,
  'waiting / nobody-came': END,
  'waiting / force': [...END, concluded('control')],
  'waiting / store-failed': [TOLD, ...END, concluded('disk-full')],
  'preparing / prepared': [{ type: 'record-workers' }],
  'preparing / recorded': [
    { type: 'start-workers', workerIds: ['w1', 'w2'], startUs: 5000, leadMs: 40 },
  ],
  'preparing / none-left': [{ type: 'await-workers' }],
  'preparing / stop': END,
  'preparing / nobody-came': END,
  'preparing / force': [...END, concluded('control')],
  'preparing / store-failed': [TOLD, ...END, concluded('disk-full')],
  'running / stop': announced('signal'),
  'running / run-time': announced('run-time'),
  'running / alone': announced('lost-workers'),
  'running / exhausted': announced('users-done'),
  'running / force': [...announced('control'), ...CUT],
  'running / store-failed': [TOLD, ...announced('disk-full'), ...CUT],
  'stopping / force': CUT,
  'stopping / store-failed': [TOLD, ...CUT],
  'stopping / workers-done': END,
  'ending / script-ended': [concluded('control')],
  'ending / force': [concluded('control')],
  'ending / store-failed': [TOLD, concluded('control')],
  'finished / store-failed': [TOLD],
};

const pairs = PHASES.flatMap((phase) =>
  Object.values(EVENTS).map((event) => ({ phase, type: event.type, event })),
);
const table = transitionTableOf('src/master/run/lifecycle.ts');

it.each(pairs)('does in $phase at $type what its table says', ({ phase, type, event }) => {
  const { life, effects } = nextLife(lifeIn(phase), event);

  expect(life.phase).toBe(table.get(`${phase} / ${type}`) ?? phase);
  expect(effects).toEqual(EFFECTS[`${phase} / ${type}`] ?? []);
});

it('has a row for no state and no event that there is not', () => {
  const known = pairs.map(({ phase, type }) => `${phase} / ${type}`);

  expect([...table.keys(), ...Object.keys(EFFECTS)].filter((key) => !known.includes(key))).toEqual(
    [],
  );
});

it.each(pairs)('keeps the life that it was given, in $phase at $type', ({ phase, event }) => {
  const life = Object.freeze(lifeIn(phase));

  nextLife(life, event);

  expect(life).toEqual(lifeIn(phase));
});

/** A life after several events. */
function after(phase: RunPhase, ...events: readonly LifeEvent[]): RunLife {
  return events.reduce((life, event) => nextLife(life, event).life, lifeIn(phase));
}

it('ends for its first reason, and with its first error', () => {
  const life = after('running', EVENTS.alone, EVENTS.stop, EVENTS['store-failed']);

  expect(life).toMatchObject({ phase: 'stopping', stopReason: 'lost-workers', isForced: true });
  expect(life.error?.message).toBe('all workers are lost');
});

it('has no error of a stop that comes when it stops already', () => {
  const late: LifeEvent = { type: 'stop', reason: 'script', error: FAILURE };

  expect(after('running', EVENTS.stop, late)).toMatchObject({
    stopReason: 'signal',
    error: undefined,
    isForced: false,
  });
});

it('says how many workers were missing where too few came', () => {
  const { stopReason, error } = after('waiting', EVENTS['nobody-came']);

  expect(stopReason).toBe('lost-workers');
  expect(error).toMatchObject({
    code: 'KAT_NO_WORKERS',
    message: '1 of 3 workers joined within 4 s',
  });
});

it('tells iterations that are made from users that have ended', () => {
  const made: LifeEvent = { type: 'exhausted', areIterationsMade: true };

  expect(after('running', made).stopReason).toBe('iterations');
  expect(after('running', EVENTS.exhausted).stopReason).toBe('users-done');
});

it('remembers a failed store until the run has ended, and as the error of the outcome', () => {
  expect(after('finished', EVENTS['store-failed']).error).toBe(FAILURE);
});

it('records who takes part once, and again where all of them were gone', () => {
  const recording = after('preparing', EVENTS.prepared);
  const again = nextLife(recording, EVENTS.prepared);
  const waiting = nextLife(recording, EVENTS['none-left']).life;
  const prepared = nextLife(nextLife(waiting, EVENTS['enough-workers']).life, EVENTS.prepared);

  expect(again.effects).toEqual([]);
  expect(prepared.effects).toEqual([{ type: 'record-workers' }]);
});

it.each(PHASES)('keeps the latest end of a user in %s, until it is recorded', (phase) => {
  const earlier: LifeEvent = { type: 'user-ended', atUs: 10 };
  const life = after(phase, EVENTS['user-ended'], earlier);

  expect(life.lastUserEndUs).toBe(phase === 'finished' ? 6000 : 9000);
});
