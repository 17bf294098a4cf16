import { describe, expect, it } from 'vitest';
import { ResponseError } from '../../../../src/http/exchange/http-errors.ts';
import { HttpUser } from '../../../../src/script/user/http-user.ts';
import {
  RescheduleTask,
  RescheduleTaskImmediately,
  StopTest,
  StopUser,
} from '../../../../src/script/user/stop-errors.ts';
import type { TaskEntries } from '../../../../src/script/user/task-entry.ts';
import { User } from '../../../../src/script/user/user.ts';
import {
  between,
  constant,
  constantPacing,
  constantThroughput,
} from '../../../../src/script/user/wait-time.ts';
import { userInTest } from '../../../support/user-in-test.ts';

const NEVER = new Promise<void>(() => undefined);

describe('a user', () => {
  it('starts, runs tasks with the wait between them, and stops in the middle of a wait', async () => {
    const log: string[] = [];
    class Waiting extends User {
      static override tasks: TaskEntries = ['work'];
      override waitTime = constant(2);
      override async onStart() {
        log.push('start');
      }
      async work() {
        log.push(`work ${this.iteration}`);
      }
      override onStop() {
        log.push('stop');
      }
    }
    const user = userInTest(Waiting);

    await user.start();
    await user.clock.advance(4500);
    user.run.stop();
    await user.clock.advance(0);

    expect(log).toEqual(['start', 'work 0', 'work 1', 'work 2', 'stop']);
    expect(user.end).toBe('stopped');
    expect(user.clock.pendingTimers).toBe(0);
  });

  it('knows its number, host and environment already in field initialisers', async () => {
    const seen: unknown[] = [];
    class Fields extends HttpUser {
      static override http = { timeout: 5 };
      static override tasks: TaskEntries = [() => undefined];
      name = `u${this.index}`;
      session = this.client;
      override onStart() {
        seen.push(this.name, this.host, this.environment.role, this.session === this.client);
        throw new StopUser();
      }
    }
    const user = userInTest(Fields);

    await user.start();

    expect(seen).toEqual(['u7', 'http://host.test', 'worker', true]);
    expect(user.sessions[0]?.options).toEqual({ timeout: 5 });
    expect(user.sessions[0]?.disposals).toBe(1);
  });

  it('lets a running task end when stopped, then runs onStop', async () => {
    const log: string[] = [];
    class Slow extends User {
      static override tasks: TaskEntries = ['work'];
      override waitTime = constant(1);
      async work() {
        log.push('begin');
        await this.wait();
        log.push('end');
      }
      override onStop() {
        log.push('stop');
      }
    }
    const user = userInTest(Slow);
    await user.start();

    user.run.stop();
    await user.clock.advance(900);
    expect(log).toEqual(['begin']);
    await user.clock.advance(100);

    expect(log).toEqual(['begin', 'end', 'stop']);
    expect(user.end).toBe('stopped');
  });

  it('reports what a task throws, waits, and goes on', async () => {
    class Failing extends User {
      static override tasks: TaskEntries = ['work'];
      override waitTime = constant(1);
      async work() {
        if (this.iteration < 2) throw new TypeError(`bad ${this.iteration}`);
      }
    }
    const user = userInTest(Failing);

    await user.start();
    await user.clock.advance(5000);

    expect(user.exceptions).toEqual([
      { message: 'bad 0', where: 'Failing.work' },
      { message: 'bad 1', where: 'Failing.work' },
    ]);
    expect(user.end).toBeUndefined();
  });

  it('reports nothing for a request that failed and ended the task', async () => {
    class Raising extends User {
      static override tasks: TaskEntries = ['work'];
      override waitTime = constant(1);
      runs = 0;
      work() {
        this.runs += 1;
        if (this.runs === 3) throw new StopUser();
        throw new ResponseError('GET /', 'HTTP 503', 503);
      }
    }
    const user = userInTest(Raising);

    await user.start();
    await user.clock.advance(2000);

    expect(user.exceptions).toEqual([]);
    expect(user.end).toBe('stop-user');
  });

  it('ends with an exception and without onStop where onStart throws', async () => {
    const log: string[] = [];
    class Unstarted extends User {
      static override tasks: TaskEntries = [() => log.push('task')];
      override async onStart() {
        throw new Error('no login');
      }
      override onStop() {
        log.push('stop');
      }
    }
    const user = userInTest(Unstarted);

    await user.start();

    expect(user.exceptions).toEqual([{ message: 'no login', where: 'Unstarted.onStart' }]);
    expect(user.end).toBe('start-failed');
    expect(log).toEqual([]);
  });

  it('ends with an exception where the constructor throws or a field should be static', async () => {
    class Throwing extends User {
      static override tasks: TaskEntries = [() => undefined];
      constructor() {
        super();
        throw new Error('broken');
      }
    }
    class Field extends User {
      static override tasks: TaskEntries = [() => undefined];
      constructor() {
        super();
        Object.assign(this, { weight: 2 });
      }
    }
    const users = [userInTest(Throwing), userInTest(Field)];

    for (const user of users) await user.start();

    expect(users.map((user) => [user.end, user.exceptions[0]?.message])).toEqual([
      ['start-failed', 'broken'],
      ['start-failed', 'Field.weight is a field of every user; katydid reads it from the class'],
    ]);
  });

  it('ends by StopUser with onStop, and asks for the end of the test by StopTest', async () => {
    const stops: string[] = [];
    class One extends User {
      static override tasks: TaskEntries = ['work'];
      work() {
        throw new StopUser();
      }
      override onStop() {
        stops.push(this.constructor.name);
      }
    }
    class All extends One {
      override work() {
        throw new StopTest('enough');
      }
    }
    const users = [userInTest(One), userInTest(All)];

    for (const user of users) await user.start();

    expect(users.map((user) => user.end)).toEqual(['stop-user', 'stopped']);
    expect(stops).toEqual(['One', 'All']);
    expect(users[1]?.stopRequests).toEqual(['enough']);
    expect(users.flatMap((user) => user.exceptions)).toEqual([]);
  });

  it('reports an exception in onStop and is over all the same', async () => {
    class Leaving extends User {
      static override tasks: TaskEntries = [() => undefined];
      override waitTime = constant(1);
      override async onStop() {
        throw new Error('no logout');
      }
    }
    const user = userInTest(Leaving);
    await user.start();

    user.run.stop();
    await user.clock.advance(0);

    expect(user.exceptions).toEqual([{ message: 'no logout', where: 'Leaving.onStop' }]);
    expect(user.end).toBe('stopped');
  });

  it('goes on at once after RescheduleTaskImmediately, after the wait after RescheduleTask', async () => {
    const at: number[] = [];
    class Rescheduling extends User {
      static override tasks: TaskEntries = ['work'];
      override waitTime = constant(1);
      work() {
        at.push(user.clock.nowUs() / 1e6);
        if (at.length === 1) throw new RescheduleTaskImmediately();
        if (at.length === 2) throw new RescheduleTask();
        throw new StopUser();
      }
    }
    const user = userInTest(Rescheduling);

    await user.start();
    await user.clock.advance(1000);

    expect(at).toEqual([5, 5, 6]);
  });

  it('chooses tasks by weight, the same ones for the same seed', async () => {
    const chosenWith = async (seed: number) => {
      const chosen: string[] = [];
      class Choosing extends User {
        static override tasks: TaskEntries = [['a', 3], 'b', ['c', 0]];
        a() {
          this.#count('a');
        }
        b() {
          this.#count('b');
        }
        c() {
          this.#count('c');
        }
        #count(name: string) {
          if (chosen.push(name) === 4000) throw new StopUser();
        }
      }
      const user = userInTest(Choosing, seed);
      await user.start();
      while (user.end === undefined) await user.clock.advance(0);
      return chosen;
    };

    const [first, again, other] = [await chosenWith(1), await chosenWith(1), await chosenWith(2)];

    expect(first).toEqual(again);
    expect(first).not.toEqual(other);
    const share = first.filter((name) => name === 'a').length / first.length;
    expect(share).toBeGreaterThan(0.72);
    expect(share).toBeLessThan(0.78);
    expect(first).not.toContain('c');
  });

  it('lets the event loop turn though its task never waits for anything', async () => {
    let runs = 0;
    class Busy extends User {
      static override tasks: TaskEntries = [
        () => {
          runs += 1;
        },
      ];
    }
    const user = userInTest(Busy);

    await user.start();
    const afterOneTurn = runs;
    await user.clock.advance(0);
    user.run.stop();
    await user.clock.advance(0);

    expect(afterOneTurn).toBeGreaterThan(0);
    expect(afterOneTurn).toBeLessThan(40);
    expect(runs).toBeGreaterThan(afterOneTurn);
    expect(user.end).toBe('stopped');
  });

  it('reports a wait time that is no number, and pauses for 1 s', async () => {
    let runs = 0;
    class Odd extends User {
      static override tasks: TaskEntries = [
        () => {
          runs += 1;
        },
      ];
      override async waitTime() {
        return runs === 1 ? -1 : Number.NaN;
      }
    }
    const user = userInTest(Odd);

    await user.start();
    await user.clock.advance(2500);
    user.run.stop();
    await user.clock.advance(0);

    expect(runs).toBe(3);
    expect(user.exceptions.slice(0, 2)).toEqual([
      { message: 'waitTime: expected seconds of 0 or more, found -1', where: 'Odd.waitTime' },
      { message: 'waitTime: expected seconds of 0 or more, found NaN', where: 'Odd.waitTime' },
    ]);
  });
});

describe('wait times', () => {
  it('keeps between(1, 3) in its range, drawn from the seed', () => {
    const wait = between(1, 3);

    expect(wait.call({ random: () => 0 })).toBe(1);
    expect(wait.call({ random: () => 0.5 })).toBe(2);
  });

  it.each([
    ['constantPacing(0)', () => constantPacing(0)],
    ['constantThroughput(-1)', () => constantThroughput(-1)],
    ['between(3, 1)', () => between(3, 1)],
    ['constant(NaN)', () => constant(Number.NaN)],
  ])('refuses %s', (_text, make) => {
    expect(make).toThrow(expect.objectContaining({ code: 'KAT_SCRIPT' }));
  });

  it('starts iterations on an absolute schedule, catches up, and hands the due times on', async () => {
    const starts: number[] = [];
    class Paced extends HttpUser {
      static override tasks: TaskEntries = ['work'];
      override waitTime = constantThroughput(2);
      work() {
        starts.push((user.clock.nowUs() - 5e6) / 1000);
        // The second iteration is held up: 1.7 s instead of nothing.
        if (starts.length === 2) user.clock.block(1700);
      }
    }
    const user = userInTest(Paced);

    await user.start();
    await user.clock.advance(3000);

    expect(starts).toEqual([0, 500, 2200, 2200, 2200, 2500, 3000]);
    expect(user.sessions[0]?.dues.map((due) => (due - 5e6) / 1000)).toEqual([
      500, 1000, 1500, 2000, 2500, 3000,
    ]);
  });

  it('tells the session of the end of each iteration before it waits, also of one that throws', async () => {
    const ended: (number | undefined)[] = [];
    class Visitor extends HttpUser {
      static override tasks: TaskEntries = ['visit'];
      override waitTime() {
        ended.push(user.sessions[0]?.iterationsEnded);
        return 1;
      }
      visit() {
        if (this.iteration === 1) throw new TypeError('no answer');
      }
    }
    const user = userInTest(Visitor, 1);

    await user.start();
    await user.clock.advance(2000);

    expect(ended).toEqual([1, 2, 3]);
  });

  it('closes the session between iterations where every one begins afresh', async () => {
    class Fresh extends HttpUser {
      static override freshSession = true;
      static override tasks: TaskEntries = [() => undefined];
      override waitTime = constant(1);
    }
    const user = userInTest(Fresh);

    await user.start();
    await user.clock.advance(2000);

    expect(user.sessions[0]?.closes).toBe(2);
  });
});

describe('a user that is cut', () => {
  it('ends a wait inside a task by UserCut, runs onStop once, and reports nothing', async () => {
    const log: string[] = [];
    class Cut extends HttpUser {
      static override tasks: TaskEntries = ['work'];
      override waitTime = constant(60);
      async work() {
        await this.wait().finally(() => log.push('unwound'));
        log.push('went on');
      }
      override async onStop() {
        log.push('stop');
        throw new Error('after the cut');
      }
    }
    const user = userInTest(Cut);
    await user.start();

    user.run.stop();
    user.run.cut();
    user.run.cut();
    await user.clock.advance(0);

    expect(log).toEqual(['unwound', 'stop']);
    expect(user.end).toBe('cut');
    expect(user.exceptions).toEqual([]);
    expect(user.sessions[0]).toMatchObject({ cuts: 1, disposals: 1 });
    expect(user.clock.pendingTimers).toBe(0);
  });

  it('is given up after 100 ms where its task never comes back, onStop included', async () => {
    let stops = 0;
    class Stuck extends User {
      static override tasks: TaskEntries = [() => NEVER];
      override onStop() {
        stops += 1;
        return NEVER;
      }
    }
    const user = userInTest(Stuck);
    await user.start();

    user.run.cut();
    await user.clock.advance(99);
    expect(user.end).toBeUndefined();
    await user.clock.advance(1);

    expect(user.end).toBe('cut');
    expect(stops).toBe(1);
  });

  it('runs no onStop where onStart never ended', async () => {
    let stops = 0;
    class Starting extends User {
      static override tasks: TaskEntries = [() => undefined];
      override onStart() {
        return NEVER;
      }
      override onStop() {
        stops += 1;
      }
    }
    const user = userInTest(Starting);
    await user.start();

    user.run.cut();
    await user.clock.advance(100);

    expect(user.end).toBe('cut');
    expect(stops).toBe(0);
  });

  it('does not hang the process where its task catches every cut wait and tries again', async () => {
    class Stubborn extends User {
      static override tasks: TaskEntries = ['work'];
      override waitTime = constant(60);
      async work() {
        let isOver = false;
        while (!isOver) {
          await this.wait().catch(() => {
            isOver = user.end !== undefined;
          });
        }
      }
    }
    const user = userInTest(Stubborn);
    await user.start();

    user.run.cut();
    await user.clock.advance(100);

    expect(user.end).toBe('cut');
  });

  it('never starts where it was stopped or cut before', async () => {
    class Idle extends User {
      static override tasks: TaskEntries = [() => undefined];
    }
    const stopped = userInTest(Idle);
    const cut = userInTest(Idle);

    stopped.run.stop();
    cut.run.cut();
    await stopped.start();
    await cut.start();

    expect([stopped.end, cut.end]).toEqual(['stopped', 'cut']);
  });
});
