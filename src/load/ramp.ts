/** One change of the load: from `atSeconds` on, head for `users` at `spawnRate`. */
export interface ProfileStep {
  /** Seconds since the run's start, >= 0. */
  readonly atSeconds: number;
  /** The level to reach, and to hold until the next step; a whole number >= 0. */
  readonly users: number;
  /** Users started, or stopped, per second; > 0. */
  readonly spawnRate: number;
}

/**
 * The target level as a function of time. A plain ramp is one step; stages and shapes are several.
 *
 * ```text
 * users
 *  20 |        ______            { atSeconds: 0,  users: 20, spawnRate: 2 }
 *     |      /       \           { atSeconds: 16, users: 5,  spawnRate: 5 }
 *   5 |    /          \_______
 *   0 |__/______________________ seconds
 *     0         10     16  19
 * ```
 */
export interface LoadProfile {
  /** By ascending `atSeconds`. */
  readonly steps: readonly ProfileStep[];
}

/** The profile of `--users` and `--spawn-rate`: up from 0 at once, then hold. */
export function rampProfile(users: number, spawnRate: number): LoadProfile {
  return { steps: [{ atSeconds: 0, users, spawnRate }] };
}

/**
 * When the `index`-th start or stop of a change happens: `fromSeconds + index / perSecond`, so the
 * first one at once and the others evenly, not in bursts of a second.
 *
 * @param index - Place in the change, 0-based.
 * @param perSecond - Starts or stops per second, > 0.
 * @returns Seconds since the run's start.
 */
export function changeAtSeconds(fromSeconds: number, index: number, perSecond: number): number {
  return fromSeconds + index / perSecond;
}

/**
 * The same for all starts, or all stops, of a re-cut: each with its time, in the given order. Starts
 * and stops are timed apart, since each has the whole rate.
 */
export function timeChanges<Change extends object>(
  changes: readonly Change[],
  fromSeconds: number,
  perSecond: number,
): (Change & { readonly atSeconds: number })[] {
  return changes.map((change, index) => ({
    ...change,
    atSeconds: changeAtSeconds(fromSeconds, index, perSecond),
  }));
}

/**
 * How many users should run at a time, each start and stop counted from its very instant.
 *
 * A step that begins before the one ahead of it is through goes on from the level reached; changes
 * that were due at its instant or later are given up for its own.
 *
 * @param seconds - Since the run's start; before the first step the level is 0.
 * @returns A whole number >= 0.
 */
export function plannedUsersAt(profile: LoadProfile, seconds: number): number {
  const begun = profile.steps.filter(({ atSeconds }) => atSeconds <= seconds);
  const step = begun.at(-1);
  if (step === undefined) return 0;
  return levelWithin(step, levelBefore(begun), (atSeconds) => atSeconds <= seconds);
}

/** When the last change of the last step is through: for a ramp, when all users have been started. */
export function settledAtSeconds(profile: LoadProfile): number {
  const last = profile.steps.at(-1);
  if (last === undefined) return 0;
  const changes = Math.abs(last.users - levelBefore(profile.steps));
  if (changes === 0) return last.atSeconds;
  return changeAtSeconds(last.atSeconds, changes - 1, last.spawnRate);
}

/** The level that the last of these steps starts from. */
function levelBefore(steps: readonly ProfileStep[]): number {
  let level = 0;
  for (const [index, next] of steps.entries()) {
    const step = steps[index - 1];
    if (step === undefined) continue;
    level = levelWithin(step, level, (atSeconds) => atSeconds < next.atSeconds);
  }
  return level;
}

/** The level that a step has reached from `from`, given which instants have passed. */
function levelWithin(
  step: ProfileStep,
  from: number,
  hasPassed: (atSeconds: number) => boolean,
): number {
  // Bisection on the instants themselves: a product of time and rate may round across one of them.
  let done = 0;
  let open = Math.abs(step.users - from);
  while (done < open) {
    const middle = Math.floor((done + open) / 2);
    if (hasPassed(changeAtSeconds(step.atSeconds, middle, step.spawnRate))) done = middle + 1;
    else open = middle;
  }
  return step.users >= from ? from + done : from - done;
}
