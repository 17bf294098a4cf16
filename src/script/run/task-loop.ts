// Hot path: an iteration allocates nothing besides what its task makes, and costs one microtask.
import type { Clock } from '../../base/clock.ts';
import { assert } from '../../base/errors.ts';
import type { SeededRandom } from '../../base/random.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { secondsToUs } from '../../base/units.ts';
import { thrownMeaningOf } from '../events/thrown-meaning.ts';
import { requireGoodFields } from '../model/class-members.ts';
import type { TaskPlan, TaskSetTask } from '../model/task-plan.ts';
import type { TaskSet } from '../user/task-set.ts';
import type { User } from '../user/user.ts';
import { constructWith } from '../user/user-context.ts';
import { settleWaitTime } from '../user/wait-time.ts';
import type { IterationSource } from './iteration-source.ts';
import { isTurnUsedUp, nextTurn } from './loop-turn.ts';
import { TaskFrame, TaskSetSlot } from './task-frame.ts';
import type { UserWaits } from './user-waits.ts';

/** Pause after a wait time that cannot be used: long enough not to flood anybody. */
const BROKEN_WAIT_SECONDS = 1;

/** How often a user that may not begin an iteration looks again, in microseconds. */
const FENCED_PAUSE_US = 10_000;

/** What follows a task. */
type Next = 'wait' | 'at-once' | 'leave' | 'leave-at-once' | 'end';

/** How a part of the script that is no task ended. */
export type Attempt = 'done' | 'left' | 'cut' | 'failed';

/** What the loop works with. */
export interface TaskLoopServices {
  readonly clock: Clock;
  /** No iteration begins while it is shut; `undefined` for a user without a fence. */
  readonly fence: SendFence | undefined;
  /** What tasks are chosen from. */
  readonly stream: SeededRandom;
  readonly waits: UserWaits;
  /** Says when iterations begin. */
  readonly source: IterationSource;
  /** Iterations after which the user stops itself; `Infinity` for none. */
  readonly maxIterations: number;
  /** An iteration begins. */
  beginIteration(): void;
  /**
   * The task of the iteration has ended.
   *
   * @returns When the user may begin another one; `undefined`: at once. The user has requests under way
   *   that the task did not wait for, on all of its connections.
   */
  endIteration(scope: object, task: string): Promise<void> | undefined;
  reportException(thrown: unknown, where: string): void;
  requestTestStop(reason: string): void;
}

/** The loop of one user: runs one task after the other, in nested task sets too, as its source says. */
export class TaskLoop {
  readonly #services: TaskLoopServices;
  #root: TaskFrame | undefined;
  #iterations = 0;
  #isEnding = false;
  #hasStoppedItself = false;

  constructor(services: TaskLoopServices) {
    this.#services = services;
  }

  /** Iterations that ended. */
  get iterations(): number {
    return this.#iterations;
  }

  /** No further iteration begins. */
  get isEnding(): boolean {
    return this.#isEnding;
  }

  /** Whether the user ended by itself: by `StopUser`, or because its iterations are done. */
  get hasStoppedItself(): boolean {
    return this.#hasStoppedItself;
  }

  /** Begins no further iteration, and ends a wait between two at once. */
  end(): void {
    this.#isEnding = true;
    this.#services.source.end();
  }

  /** Runs tasks until the user ends. Never rejects for what a script does. */
  run(user: User, plan: TaskPlan): Promise<unknown> {
    const root = new TaskFrame(user, plan, undefined, this.#services.clock.nowUs());
    this.#root = root;
    const pause = this.#services.source.untilFirst();
    return pause === undefined ? this.#runFrame(root) : pause.then(() => this.#runFrame(root));
  }

  /**
   * Runs `called`, a part of the script that is no task.
   *
   * @returns Whether it ended well, was left by a control signal (which has had its effect), was cut, or
   *   failed with an exception (which is reported).
   */
  async attempt(where: string, called: () => unknown): Promise<Attempt> {
    try {
      await called();
      return 'done';
    } catch (thrown) {
      const verdict = thrownMeaningOf(thrown);
      if (verdict === 'cut') return 'cut';
      if (verdict === 'exception' || verdict === 'counted') {
        // Where a failed request ends a task, nothing need be said; where it ends a whole user, the report
        // must say why.
        this.#services.reportException(thrown, where);
        return 'failed';
      }
      this.#afterThrown(thrown, where);
      return 'left';
    }
  }

  /** A pause that a task makes itself; rejects with `UserCut` where the user is cut. */
  waitInsideTask(frame: TaskFrame | undefined = this.#root): Promise<void> {
    const pause = this.#pauseInsideTask(frame);
    // A script may call this without awaiting it: the rejection of a cut must not end the worker.
    pause.catch(() => undefined);
    return pause;
  }

  async #pauseInsideTask(frame: TaskFrame | undefined): Promise<void> {
    if (frame === undefined || !frame.waiting.hasWaitTime) return nextTurn();
    const { clock, source, waits } = this.#services;
    const endUs = await frame.waiting.waitEndUs(clock);
    source.dropDue();
    return waits.insideTask(endUs);
  }

  async #runFrame(frame: TaskFrame): Promise<Next> {
    const { stream, waits, source, clock, fence } = this.#services;
    while (!this.#isEnding) {
      if (fence?.isShut(clock.nowUs()) === true) {
        await waits.untilNextIteration(clock.nowUs() + FENCED_PAUSE_US);
        continue;
      }
      const task = frame.picker.next(stream);
      let next: Next = 'wait';
      if (task.kind === 'function') {
        this.#services.beginIteration();
        try {
          await task.run.call(frame.scope);
        } catch (thrown) {
          next = this.#afterThrown(thrown, `${frame.scope.constructor.name}.${task.name}`);
        }
        const room = this.#services.endIteration(frame.scope, task.name);
        this.#iterations += 1;
        if (this.#iterations >= this.#services.maxIterations) {
          this.#hasStoppedItself = true;
          this.#isEnding = true;
        }
        if (room !== undefined && !this.#isEnding) await room;
        source.freed();
      } else {
        next = await this.#runSet(frame, task);
      }
      // An interrupt among the user's own tasks leaves no set: the user goes on with the next task.
      if (next === 'end' || (isLeaving(next) && frame !== this.#root)) return next;
      if (this.#isEnding) break;
      if (next === 'wait') {
        try {
          const pause = source.untilNext(frame.waiting);
          if (pause !== undefined) {
            await pause;
            continue;
          }
        } catch (thrown) {
          await this.#pauseForBrokenWait(frame.waiting, thrown);
          continue;
        }
      }
      if (isTurnUsedUp()) await nextTurn();
    }
    return 'end';
  }

  async #runSet(outer: TaskFrame, task: TaskSetTask): Promise<Next> {
    const where = task.TaskSetClass.name;
    let frame: TaskFrame;
    try {
      frame = this.#enter(outer, task);
      await frame.scope.onStart();
    } catch (thrown) {
      this.#services.source.freed();
      return outsideSet(this.#afterThrown(thrown, `${where}.onStart`));
    }
    // What `onStart` and `onStop` take is the script's own time, and no lag of the iteration behind them.
    this.#services.source.freed();
    const next = await this.#runFrame(frame);
    await this.attempt(`${where}.onStop`, () => frame.scope.onStop());
    this.#services.source.freed();
    return this.#isEnding ? 'end' : outsideSet(next);
  }

  #enter(outer: TaskFrame, task: TaskSetTask): TaskFrame {
    const root = this.#root;
    assert(root !== undefined, 'a task set is entered from a running user');
    // The root's scope is the user that `run` was given.
    const slot = new TaskSetSlot(root.scope as User, outer.scope, (frame) =>
      this.waitInsideTask(frame),
    );
    const set: TaskSet = constructWith(slot, () => new task.TaskSetClass(outer.scope));
    requireGoodFields(set);
    settleWaitTime(set);
    slot.frame = new TaskFrame(set, task.plan, root, this.#services.clock.nowUs());
    return slot.frame;
  }

  /** The wait time cannot be used: says so, and makes up a pause. */
  async #pauseForBrokenWait(frame: TaskFrame, thrown: unknown): Promise<void> {
    this.#afterThrown(thrown, `${frame.scope.constructor.name}.waitTime`);
    if (this.#isEnding) return;
    const { clock, source, waits } = this.#services;
    await waits.untilNextIteration(clock.nowUs() + secondsToUs(BROKEN_WAIT_SECONDS));
    source.freed();
  }

  #afterThrown(thrown: unknown, where: string): Next {
    const verdict = thrownMeaningOf(thrown);
    switch (verdict) {
      case 'stop-user':
        this.#hasStoppedItself = true;
        this.#isEnding = true;
        return 'end';
      case 'stop-test':
        this.#isEnding = true;
        // `thrownMeaningOf` gives this for a `StopTest` alone.
        this.#services.requestTestStop((thrown as { reason: string }).reason);
        return 'end';
      case 'leave-set':
        return 'leave';
      case 'leave-set-at-once':
        return 'leave-at-once';
      case 'next-task-at-once':
        return 'at-once';
      case 'next-task':
      case 'counted':
      case 'cut':
        return 'wait';
      case 'exception':
        this.#services.reportException(thrown, where);
        return 'wait';
    }
  }
}

function isLeaving(next: Next): boolean {
  return next === 'leave' || next === 'leave-at-once';
}

/** What follows among the outer tasks when a set is left. */
function outsideSet(next: Next): Next {
  if (next === 'leave') return 'wait';
  return next === 'leave-at-once' ? 'at-once' : next;
}
