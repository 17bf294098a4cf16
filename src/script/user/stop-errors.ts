/**
 * What a script throws to steer its user. None of these is a failure: no report shows them. They
 * are errors so that they unwind any depth of the script's own functions.
 */
abstract class ControlSignal extends Error {
  constructor(message: string) {
    super(message);
    this.name = new.target.name;
  }
}

/** Ends this user for good: its `onStop` runs, and nobody takes its place. */
export class StopUser extends ControlSignal {
  /** @param message - Shown nowhere; only code that catches the error sees it. */
  constructor(message = 'the user stops') {
    super(message);
  }
}

/** Ends the whole test gracefully, on every worker. */
export class StopTest extends ControlSignal {
  /** Why, as the log shows it. */
  readonly reason: string;

  /** @param reason - Why, for the log. */
  constructor(reason = 'the script stopped the test') {
    super(reason);
    this.reason = reason;
  }
}

/** Leaves the running task set for the one (or the user) that it is nested in; see `TaskSet.interrupt`. */
export class InterruptTaskSet extends ControlSignal {
  /** Whether the outer tasks go on at once (true) or after a wait (false). */
  readonly reschedule: boolean;

  /** @default reschedule true */
  constructor(reschedule = true) {
    super('the task set is interrupted');
    this.reschedule = reschedule;
  }
}

/** Ends this task; the next one is chosen after the usual wait. */
export class RescheduleTask extends ControlSignal {
  /** @param message - Shown nowhere; only code that catches the error sees it. */
  constructor(message = 'the task is given up') {
    super(message);
  }
}

/** Ends this task; the next one is chosen at once, without a wait. */
export class RescheduleTaskImmediately extends ControlSignal {
  /** @param message - Shown nowhere; only code that catches the error sees it. */
  constructor(message = 'the task is given up at once') {
    super(message);
  }
}
