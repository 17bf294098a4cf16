import { describe, expect, it } from 'vitest';
import { StopUser } from '../../../../src/script/user/stop-errors.ts';
import type { TaskEntries } from '../../../../src/script/user/task-entry.ts';
import { MarkovTaskSet, SequentialTaskSet, TaskSet } from '../../../../src/script/user/task-set.ts';
import { User } from '../../../../src/script/user/user.ts';
import { constant } from '../../../../src/script/user/wait-time.ts';
import { loadedScript, loadFailure } from '../../../support/loaded-script.ts';
import { userInTest } from '../../../support/user-in-test.ts';

describe('a task set', () => {
  it('is entered as one task, left by interrupt, with its own onStart, onStop and wait time', async () => {
    const log: string[] = [];
    class Forum extends TaskSet<User> {
      static override tasks: TaskEntries = ['read'];
      override waitTime = constant(1);
      reads = 0;
      override async onStart() {
        log.push(`enter ${this.user.index}`);
      }
      read() {
        this.reads += 1;
        log.push(`read ${this.reads} at ${seconds()}`);
        if (this.reads === 2) this.interrupt(false);
      }
      override onStop() {
        log.push('leave');
      }
    }
    class Visitor extends User {
      static override tasks: TaskEntries = [Forum];
      override waitTime = constant(10);
    }
    const user = userInTest(Visitor);
    const seconds = () => (user.clock.nowUs() - 5e6) / 1e6;

    await user.start();
    await user.clock.advance(11_000);
    user.run.stop();
    await user.clock.advance(0);

    expect(log).toEqual([
      'enter 7',
      'read 1 at 0',
      'read 2 at 1',
      'leave',
      'enter 7',
      'read 1 at 11',
      'leave',
    ]);
    expect(user.end).toBe('stopped');
  });

  it('goes on at once in the outer tasks after interrupt()', async () => {
    const at: number[] = [];
    class Quick extends TaskSet<User> {
      static override tasks: TaskEntries = ['go'];
      go() {
        at.push(user.clock.nowUs());
        if (at.length === 3) throw new StopUser();
        this.interrupt();
      }
    }
    class Visitor extends User {
      static override tasks: TaskEntries = [Quick];
      override waitTime = constant(10);
    }
    const user = userInTest(Visitor);

    await user.start();

    expect(at).toEqual([5e6, 5e6, 5e6]);
    expect(user.end).toBe('stop-user');
  });

  it('nests, with parent and user, and leaves from the inside out when the user stops', async () => {
    const log: string[] = [];
    class Inner extends TaskSet<User> {
      static override tasks: TaskEntries = ['go'];
      go() {
        log.push(`${this.parent.constructor.name} of ${this.user.constructor.name}`);
        throw new StopUser();
      }
      override onStop() {
        log.push('inner stop');
      }
    }
    class Outer extends TaskSet<User> {
      static override tasks: TaskEntries = [Inner];
      override onStop() {
        log.push('outer stop');
      }
    }
    class Visitor extends User {
      static override tasks: TaskEntries = [Outer];
      override onStop() {
        log.push('user stop');
      }
    }
    const user = userInTest(Visitor);

    await user.start();

    expect(log).toEqual(['Outer of Visitor', 'inner stop', 'outer stop', 'user stop']);
  });

  it('is not entered where its onStart throws; the exception is reported and the user waits', async () => {
    class Broken extends TaskSet<User> {
      static override tasks: TaskEntries = [() => undefined];
      override onStart() {
        throw new Error('closed');
      }
    }
    class Visitor extends User {
      static override tasks: TaskEntries = [Broken];
      override waitTime = constant(1);
    }
    const user = userInTest(Visitor);

    await user.start();
    await user.clock.advance(1500);

    expect(user.exceptions).toEqual([
      { message: 'closed', where: 'Broken.onStart' },
      { message: 'closed', where: 'Broken.onStart' },
    ]);
  });

  it('says which user has no client', async () => {
    class Clientless extends TaskSet<User> {
      static override tasks: TaskEntries = ['go'];
      async go() {
        await this.client.get('/');
      }
    }
    class Plain extends User {
      static override tasks: TaskEntries = [Clientless];
      override waitTime = constant(1);
    }
    const user = userInTest(Plain);

    await user.start();

    expect(user.exceptions[0]?.message).toBe('Clientless.client: Plain is no HttpUser');
  });

  it('cannot be made by the script itself', () => {
    class Own extends TaskSet {}

    expect(() => new Own()).toThrow('Own: katydid makes users and task sets itself');
  });
});

async function orderOf(
  SetClass: abstract new (parent: never) => TaskSet<User>,
  steps: number,
  log: string[],
) {
  class Visitor extends User {
    static override tasks: TaskEntries = [SetClass];
  }
  const user = userInTest(Visitor);
  await user.start();
  while (log.length < steps) await user.clock.advance(0);
  user.run.stop();
  await user.clock.advance(0);
  return log.slice(0, steps);
}

describe('a sequential task set', () => {
  it('runs its tasks in order over and over, one of weight 2 twice', async () => {
    const log: string[] = [];
    class Checkout extends SequentialTaskSet<User> {
      static override tasks: TaskEntries = [
        () => log.push('a'),
        [() => log.push('b'), 2],
        () => log.push('c'),
      ];
    }

    expect(await orderOf(Checkout, 9, log)).toEqual(['a', 'b', 'b', 'c', 'a', 'b', 'b', 'c', 'a']);
  });

  it('refuses a weight that is no whole number', async () => {
    const failure = await loadFailure(`
      import { SequentialTaskSet, User, task } from 'katydid';
      class S extends SequentialTaskSet { @task(1.5) a() {} }
      export class A extends User { static tasks = [S]; }`);

    expect(failure).toContain('S.a: in a sequence a weight is how often the task runs');
  });
});

describe('a Markov task set', () => {
  it('begins with the first task and follows the transitions', async () => {
    const { classes } = await loadedScript(`
      import { MarkovTaskSet, User, StopUser, transition, transitions } from 'katydid';
      export const log = [];
      class Walk extends MarkovTaskSet<User> {
        @transition('b') a() { (globalThis as any).markovLog.push('a'); }
        @transitions({ c: 1, a: 0 }) b() { (globalThis as any).markovLog.push('b'); }
        @transitions(['a']) c() { (globalThis as any).markovLog.push('c'); }
      }
      export class A extends User { static tasks = [Walk]; }`);
    const log: string[] = [];
    Object.assign(globalThis, { markovLog: log });
    const plan = classes[0]?.plan.tasks[0];
    if (plan?.kind !== 'set') throw new Error('no set');

    expect(plan.TaskSetClass.prototype).toBeInstanceOf(MarkovTaskSet);
    expect(await orderOf(plan.TaskSetClass, 7, log)).toEqual(['a', 'b', 'c', 'a', 'b', 'c', 'a']);
  });

  it.each([
    [
      "@transition('x') a() {}",
      "W.a: @transition to 'x', which is no task of the set\nDid you mean 'a'?",
    ],
    ['@task a() {}', 'W.a: has no @transition, which every task of a MarkovTaskSet needs'],
  ])('refuses %s', async (member, message) => {
    const failure = await loadFailure(`
      import { MarkovTaskSet, User, task, transition } from 'katydid';
      class W extends MarkovTaskSet { ${member} }
      export class A extends User { static tasks = [W]; }`);

    expect(failure).toMatch(/loadfile\.ts:3:\d+: W\.a: /);
    for (const line of message.split('\n')) expect(failure).toContain(line);
  });
});
