import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../../../src/base/random.ts';
import { environment } from '../../../../src/script/host/environment.ts';
import { onceThrough } from '../../../../src/script/run/once-plan.ts';
import { UserRun } from '../../../../src/script/run/user-run.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { loadedScript } from '../../../support/loaded-script.ts';

/** What one user of the script's first class does in a trial, as its script and its listener say. */
async function trialOf(text: string, times = 1): Promise<readonly string[]> {
  const { classes } = await loadedScript(text);
  const [model] = classes;
  if (model === undefined) throw new TypeError('no class');
  const log: string[] = [];
  const once = onceThrough(
    model,
    {
      taskBegins: (name) => log.push(name),
      taskThrew: (thrown, name) => log.push(`${name} threw ${String(thrown)}`),
      tasksEnd: () => log.push('(end)'),
    },
    times,
  );
  const run = new UserRun(
    once,
    {
      // Never advanced: a trial that waited would not end.
      clock: new FakeClock(),
      host: '',
      environment,
      createSession: () => {
        throw new TypeError('no session is wanted');
      },
      reportException: (thrown, where) => log.push(`${where} threw ${String(thrown)}`),
      requestTestStop: (reason) => log.push(`stop: ${reason}`),
    },
    { index: 0, random: new SeededRandom(1) },
  );
  log.push(await run.run());
  return log;
}

const IMPORTS = `
  import { constant, InterruptTaskSet, MarkovTaskSet, RescheduleTask, SequentialTaskSet } from 'katydid';
  import { StopTest, StopUser, TaskSet, task, transition, User } from 'katydid';
`;

describe('a trial', () => {
  it('runs each task once, whatever its weight and wait time, then onStop', async () => {
    const log = await trialOf(`${IMPORTS}
      export class Shopper extends User {
        waitTime = constant(60);
        @task(5) front() {}
        @task(2) async buy() {}
      }`);

    expect(log).toEqual(['front', 'buy', '(end)', 'stop-user']);
  });

  it('runs nested sets once through, in the order of declaration', async () => {
    const log = await trialOf(`${IMPORTS}
      class Inner extends MarkovTaskSet<User> {
        @transition('b') a() {}
        @transition('a') b() {}
      }
      class Outer extends SequentialTaskSet<User> {
        waitTime = constant(60);
        @task(3) first() {}
        @task static Inner = Inner;
        @task(2) last() {}
      }
      export class Shopper extends User {
        @task before() {}
        @task static Outer = Outer;
        @task after() {}
      }`);

    expect(log).toEqual([
      ...['before', 'after', 'Outer.first', 'Outer.last', 'Outer.Inner.a', 'Outer.Inner.b'],
      ...['(end)', 'stop-user'],
    ]);
  });

  it('goes on after an interrupt in a set without order, and leaves a sequence', async () => {
    const log = await trialOf(`${IMPORTS}
      class Loose extends TaskSet<User> {
        @task leave() { this.interrupt(false); }
        @task stay() {}
      }
      class Strict extends SequentialTaskSet<User> {
        @task leave() { this.interrupt(); }
        @task never() {}
      }
      export class Shopper extends User {
        waitTime = constant(60);
        static tasks = [Loose, Strict];
      }`);

    expect(log).toEqual(['Loose.leave', 'Loose.stay', 'Strict.leave', '(end)', 'stop-user']);
  });

  it('tells what a task threw and goes on, without a word about control signals', async () => {
    const log = await trialOf(`${IMPORTS}
      export class Shopper extends User {
        waitTime = constant(60);
        @task boom() { throw new Error('boom'); }
        @task again() { throw new RescheduleTask(); }
        @task last() {}
      }`);

    expect(log).toEqual(['boom', 'boom threw Error: boom', 'again', 'last', '(end)', 'stop-user']);
  });

  it('ends where the script stops the user, or the test', async () => {
    const stopUser = await trialOf(`${IMPORTS}
      export class Shopper extends User {
        @task one() { throw new StopUser(); }
        @task two() {}
      }`);
    const stopTest = await trialOf(`${IMPORTS}
      export class Shopper extends User {
        @task one() { throw new StopTest('enough'); }
        @task two() {}
      }`);

    expect(stopUser).toEqual(['one', '(end)', 'stop-user']);
    expect(stopTest).toEqual(['one', '(end)', 'stop: enough', 'stopped']);
  });

  it('runs as often as it is told', async () => {
    const log = await trialOf(
      `${IMPORTS} export class Shopper extends User { @task front() {} }`,
      3,
    );

    expect(log).toEqual(['front', 'front', 'front', '(end)', 'stop-user']);
  });
});
