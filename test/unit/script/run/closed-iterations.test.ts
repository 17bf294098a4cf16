import { describe, expect, it } from 'vitest';
import { HttpUser } from '../../../../src/script/user/http-user.ts';
import type { TaskEntries } from '../../../../src/script/user/task-entry.ts';
import { TaskSet } from '../../../../src/script/user/task-set.ts';
import { between, constant, constantPacing } from '../../../../src/script/user/wait-time.ts';
import { type UserInTest, userInTest } from '../../../support/user-in-test.ts';

type WaitTime = () => number | Promise<number>;

/** Users whose task makes 10 ms of work and nothing else. */
function userWaiting(waitTime?: WaitTime): UserInTest {
  class Waiting extends HttpUser {
    static override tasks: TaskEntries = ['work'];
    work() {
      user.clock.block(10);
    }
  }
  if (waitTime !== undefined) Waiting.prototype.waitTime = waitTime;
  const user = userInTest(Waiting);
  return user;
}

/** Stands for a script that blocks the event loop, which somebody else's task may do. */
function stallAt(user: UserInTest, atMs: number, forMs: number): void {
  user.clock.setTimer(atMs, () => user.clock.block(forMs));
}

const latesMs = ({ sessions }: UserInTest): number[] =>
  (sessions[0]?.latesUs ?? []).map((us) => Math.round(us) / 1000);

describe('the lag of an iteration', () => {
  it.each([
    ['constant(1)', constant(1)],
    ['between(1, 1.001)', between(1, 1.001)],
    ['an async wait time', () => Promise.resolve(1)],
  ])('of %s counts from the end of the wait time: two stalls of 2 s show', async (_text, wait) => {
    const user = userWaiting(wait as WaitTime);
    await user.start();
    // The user is due to wake up at 1.01 s and, after the first stall, at about 4.01 s.
    stallAt(user, 990, 2000);
    stallAt(user, 3990, 2000);
    await user.clock.advance(9000);

    const late = latesMs(user).filter((ms) => ms > 0);
    expect(late).toHaveLength(2);
    for (const ms of late) {
      expect(ms).toBeGreaterThan(1900);
      expect(ms).toBeLessThanOrEqual(2000);
    }
    expect(user.sessions[0]?.dues).toEqual([]);
    user.run.cut();
  });

  it('is nothing where nothing stalls', async () => {
    const user = userWaiting(constant(1));
    await user.start();
    await user.clock.advance(5000);
    expect(latesMs(user)).toEqual([0, 0, 0, 0, 0]);
    user.run.cut();
  });

  it('of a schedule counts from its due time, or from when its user was free if that is later', async () => {
    class Paced extends HttpUser {
      static override tasks: TaskEntries = ['work'];
      override waitTime = constantPacing(1);
      work() {
        // The answer to the second iteration takes 1.5 s.
        if (this.iteration === 1) user.clock.block(1500);
      }
    }
    const user = userInTest(Paced);
    await user.start();
    stallAt(user, 3900, 500);
    await user.clock.advance(5000);
    expect(latesMs(user)).toEqual([0, 0, 0, 0, 400, 0]);
    user.run.cut();
  });

  it('counts without a wait time from the end of the iteration before', async () => {
    const user = userWaiting();
    await user.start();
    await user.clock.advance(0);
    user.clock.block(700);
    await user.clock.advance(0);
    const lates = latesMs(user);
    expect(lates.filter((ms) => ms > 0)).toEqual([700]);
    user.run.cut();
  });

  it('counts in the first iteration from the planned start, without the time of onStart', async () => {
    class Starting extends HttpUser {
      static override tasks: TaskEntries = [() => undefined];
      override waitTime = constant(1);
      override onStart() {
        user.clock.block(300);
      }
    }
    const user = userInTest(Starting);
    void user.run.run(user.clock.nowUs() - 1_500_000);
    await user.clock.advance(1500);
    expect(latesMs(user)).toEqual([1500, 0]);
    user.run.cut();
  });

  it('has none of the time that a task set takes to start and to stop', async () => {
    class Forum extends TaskSet<HttpUser> {
      static override tasks: TaskEntries = ['read'];
      override onStart() {
        user.clock.block(300);
      }
      read() {
        if (this.user.iteration % 2 === 1) this.interrupt(false);
      }
      override onStop() {
        user.clock.block(400);
      }
    }
    class Visitor extends HttpUser {
      static override tasks: TaskEntries = [Forum];
      override waitTime = constant(1);
    }
    const user = userInTest(Visitor);
    await user.start();
    await user.clock.advance(6000);
    expect(latesMs(user).length).toBeGreaterThan(3);
    expect(latesMs(user).every((ms) => ms === 0)).toBe(true);
    user.run.cut();
  });

  it('has none of the pause that stands in for a broken wait time', async () => {
    const user = userWaiting(() => Number.NaN);
    await user.start();
    await user.clock.advance(3500);
    expect(latesMs(user)).toEqual([0, 0, 0, 0]);
    user.run.cut();
  });
});
