/** Where the work under one lease stands. */
export type LeaseState =
  | 'clearing'
  | 'calling-off'
  | 'loading'
  | 'ready'
  | 'stopping'
  | 'settling'
  | 'drained'
  | 'past';

/** What can happen to the work under one lease; a `cut` is a stop that gives no time. */
export type LeaseOccurrence =
  | 'cleared'
  | 'loaded'
  | 'stop'
  | 'cut'
  | 'users-gone'
  | 'settled'
  | 'dropped';

type Row = Partial<Record<LeaseOccurrence, LeaseState>>;

const UNDER_WAY = { stop: 'stopping', cut: 'stopping', dropped: 'past' } as const;

const ROWS: Readonly<Record<LeaseState, Row>> = {
  clearing: { cleared: 'loading', stop: 'calling-off', cut: 'calling-off', dropped: 'past' },
  'calling-off': { cleared: 'stopping', dropped: 'past' },
  loading: { ...UNDER_WAY, loaded: 'ready' },
  ready: UNDER_WAY,
  stopping: { ...UNDER_WAY, 'users-gone': 'settling' },
  settling: { settled: 'drained', cut: 'drained', dropped: 'past' },
  drained: { dropped: 'past' },
  past: {},
};

/**
 * The state after an occurrence; `undefined` where the occurrence means nothing in this state. The work
 * begins as `clearing`: users of an earlier lease are cut.
 *
 * | state | on | next | the work |
 * | --- | --- | --- | --- |
 * | clearing | cleared | loading | loads the script, and awaits a first comparison of clocks |
 * | clearing | stop, cut | calling-off | loads nothing |
 * | calling-off | cleared | stopping | has no users to end |
 * | loading | loaded | ready | sends `ready`, and carries out orders |
 * | loading, ready, stopping | stop, cut | stopping | ends its users within the stop timeout, then cuts them |
 * | stopping | users-gone | settling | lets the script do what it does at the test's end |
 * | settling | settled, cut | drained | sends the last interval and `drained` |
 * | clearing, calling-off, loading, ready, stopping, settling, drained | dropped | past | cuts its users; what was measured goes out |
 */
export function leaseStateAfter(
  state: LeaseState,
  occurrence: LeaseOccurrence,
): LeaseState | undefined {
  return ROWS[state][occurrence];
}
