import { describe, expect, it } from 'vitest';
import type { TaskEntries } from '../../../../src/script/user/task-entry.ts';
import { TaskSet } from '../../../../src/script/user/task-set.ts';
import { User } from '../../../../src/script/user/user.ts';
import { constant } from '../../../../src/script/user/wait-time.ts';
import { userInTest } from '../../../support/user-in-test.ts';

describe('a user with a number of iterations', () => {
  it('stops itself after the last of them, without the wait, and runs onStop', async () => {
    const log: string[] = [];
    class Shopper extends User {
      static override tasks: TaskEntries = ['buy'];
      override waitTime = constant(10);
      buy() {
        log.push(`buy ${this.iteration}`);
      }
      override onStop() {
        log.push('left');
      }
    }
    const user = userInTest(Shopper, 1, { maxIterations: 3 });

    await user.start();
    await user.clock.advance(20_000);

    expect(log).toEqual(['buy 0', 'buy 1', 'buy 2', 'left']);
    expect([user.end, user.run.iterations]).toEqual(['stop-user', 3]);
  });

  it('counts iterations that throw, and those within task sets', async () => {
    let calls = 0;
    class Forum extends TaskSet<User> {
      static override tasks: TaskEntries = ['read'];
      read() {
        calls += 1;
        throw new TypeError('no answer');
      }
    }
    class Shopper extends User {
      static override tasks: TaskEntries = [Forum];
    }
    const user = userInTest(Shopper, 1, { maxIterations: 40 });

    await user.start();
    for (let turn = 0; turn < 10; turn += 1) await user.clock.advance(0);

    expect([calls, user.exceptions.length, user.end]).toEqual([40, 40, 'stop-user']);
  });

  it('that is stopped earlier says how many it has made', async () => {
    class Shopper extends User {
      static override tasks: TaskEntries = ['buy'];
      override waitTime = constant(1);
      buy() {
        this.random();
      }
    }
    const user = userInTest(Shopper, 1, { maxIterations: 100 });

    await user.start();
    await user.clock.advance(2500);
    user.run.stop();
    await user.clock.advance(0);

    expect([user.end, user.run.iterations]).toEqual(['stopped', 3]);
  });
});
