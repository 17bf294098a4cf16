import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../src/base/random.ts';
import type { TaskPlan } from '../../../../src/script/model/task-plan.ts';
import type { IterationSource } from '../../../../src/script/run/iteration-source.ts';
import { TaskLoop } from '../../../../src/script/run/task-loop.ts';
import { UserWaits } from '../../../../src/script/run/user-waits.ts';
import type { User } from '../../../../src/script/user/user.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const START_US = new FakeClock().nowUs();

function sinceStartMs(clock: FakeClock): number {
  return (clock.nowUs() - START_US) / 1000;
}

/** Another model of load: an iteration at each of these instants, and none after the last. */
class ArrivalsInTest implements IterationSource {
  readonly #clock: FakeClock;
  readonly #arrivalsMs: number[];
  #finish: (() => void) | undefined;

  constructor(clock: FakeClock, arrivalsMs: readonly number[]) {
    this.#clock = clock;
    this.#arrivalsMs = [...arrivalsMs];
  }

  untilFirst(): Promise<void> {
    return this.untilNext();
  }

  untilNext(): Promise<void> {
    const atMs = this.#arrivalsMs.shift();
    return new Promise((resolve) => {
      this.#finish = resolve;
      if (atMs === undefined) return;
      this.#clock.setTimer(Math.max(0, atMs - sinceStartMs(this.#clock)), resolve);
    });
  }

  freed(): void {
    // An arrival is due, whenever its user was free.
  }

  begin(): void {
    // Nothing is measured here.
  }

  dropDue(): void {
    // Nothing is due.
  }

  end(): void {
    this.#finish?.();
  }
}

/** A loop over one task that takes 30 ms. */
function loopOf(clock: FakeClock, source: IterationSource, beganMs: number[]): TaskLoop {
  return new TaskLoop({
    clock,
    fence: undefined,
    stream: new SeededRandom(1),
    waits: new UserWaits(clock),
    source,
    maxIterations: Number.POSITIVE_INFINITY,
    beginIteration: () => beganMs.push(sinceStartMs(clock)),
    endIteration: () => undefined,
    reportException: () => undefined,
    requestTestStop: () => undefined,
  });
}

describe('TaskLoop', () => {
  const clock = new FakeClock();
  const plan: TaskPlan = {
    order: 'weighted',
    tasks: [
      {
        kind: 'function',
        name: 'task',
        weight: 1,
        tags: [],
        transitions: new Map(),
        run: () => new Promise<void>((resolve) => clock.setTimer(30, resolve)),
      },
    ],
  };

  it('begins iterations at 100, 120 and 400 ms as its source says, the second one when its user is free', async () => {
    const beganMs: number[] = [];
    const loop = loopOf(clock, new ArrivalsInTest(clock, [100, 120, 400]), beganMs);
    let isOver = false;

    // The source here asks no user for a wait time.
    void loop.run({} as User, plan).then(() => {
      isOver = true;
    });
    await clock.advance(1000);
    loop.end();
    await clock.advance(0);

    expect(beganMs).toEqual([100, 130, 400]);
    expect(loop.iterations).toBe(3);
    expect(isOver).toBe(true);
  });
});
