/** How a user ended; only `stopped` and `cut` were asked for from outside. */
export type UserEnd = 'stopped' | 'stop-user' | 'start-failed' | 'cut';

/**
 * Where a user stands in its life. Those with `cut` in their name have been cut; `leaving` means that
 * `onStop` runs, after others asked for the end or after the user itself did.
 */
export type UserStage =
  | 'new'
  | 'called-off'
  | 'cut-before'
  | 'starting'
  | 'running'
  | 'leaving-asked'
  | 'leaving-itself'
  | 'cut-starting'
  | 'cut-running'
  | 'cut-leaving'
  | UserEnd;

/** What can happen to a user. */
export type UserOccurrence =
  | 'run'
  | 'stop'
  | 'cut'
  | 'started'
  | 'failed'
  | 'tasks-over'
  | 'stopped-itself'
  | 'left'
  | 'grace-over';

type Row = Partial<Record<UserOccurrence, UserStage>>;

const OVER: Row = {};

const ROWS: Readonly<Record<UserStage, Row>> = {
  new: { run: 'starting', stop: 'called-off', cut: 'cut-before' },
  'called-off': { run: 'stopped', cut: 'cut-before' },
  'cut-before': { run: 'cut' },
  starting: { started: 'running', failed: 'start-failed', cut: 'cut-starting' },
  running: {
    'tasks-over': 'leaving-asked',
    'stopped-itself': 'leaving-itself',
    failed: 'start-failed',
    cut: 'cut-running',
  },
  'leaving-asked': { left: 'stopped', failed: 'start-failed', cut: 'cut-leaving' },
  'leaving-itself': { left: 'stop-user', failed: 'start-failed', cut: 'cut-leaving' },
  'cut-starting': { started: 'cut', failed: 'cut', 'grace-over': 'cut' },
  'cut-running': {
    'tasks-over': 'cut-leaving',
    'stopped-itself': 'cut-leaving',
    failed: 'cut',
    'grace-over': 'cut',
  },
  'cut-leaving': { left: 'cut', failed: 'cut', 'grace-over': 'cut' },
  stopped: OVER,
  'stop-user': OVER,
  'start-failed': OVER,
  cut: OVER,
};

/**
 * The stage after an occurrence; what the table does not name changes nothing. A `stop` while the user
 * starts or runs only keeps further iterations from beginning.
 *
 * | state | on | next | the user |
 * | --- | --- | --- | --- |
 * | new | run | starting | is made, and `onStart` runs |
 * | new | stop | called-off | |
 * | new, called-off | cut | cut-before | |
 * | called-off | run | stopped | is never made |
 * | cut-before | run | cut | is never made |
 * | starting | started | running | runs its tasks, none where it was stopped meanwhile |
 * | starting, running, leaving-asked, leaving-itself | failed | start-failed | ends without `onStop` |
 * | running | tasks-over | leaving-asked | `onStop` runs |
 * | running | stopped-itself | leaving-itself | `onStop` runs: `StopUser`, or its last iteration is done |
 * | leaving-asked | left | stopped | |
 * | leaving-itself | left | stop-user | |
 * | starting | cut | cut-starting | loses its requests and waits |
 * | running | cut | cut-running | loses its requests and waits |
 * | leaving-asked, leaving-itself | cut | cut-leaving | loses its requests and waits |
 * | cut-running | tasks-over, stopped-itself | cut-leaving | `onStop` runs, without network |
 * | cut-running | failed | cut | ends without `onStop` |
 * | cut-running | grace-over | cut | `onStop` runs, and nobody waits for it |
 * | cut-starting | started, failed, grace-over | cut | ends without `onStop` |
 * | cut-leaving | left, failed, grace-over | cut | |
 */
export function stageAfter(stage: UserStage, occurrence: UserOccurrence): UserStage {
  return ROWS[stage][occurrence] ?? stage;
}

/** How the user ended; `undefined` for a stage that is not the last one. */
export function userEndOf(stage: UserStage): UserEnd | undefined {
  switch (stage) {
    case 'stopped':
    case 'stop-user':
    case 'start-failed':
    case 'cut':
      return stage;
    default:
      return undefined;
  }
}

/** Whether the user has been cut. */
export function isCutStage(stage: UserStage): boolean {
  return stage.startsWith('cut');
}
