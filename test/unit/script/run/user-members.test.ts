import { describe, expect, it } from 'vitest';
import { loadedScript } from '../../../support/loaded-script.ts';
import { userInTest } from '../../../support/user-in-test.ts';

/** Runs the one user of a load file for 10 s, and gives back what it wrote to `globalThis.seen`. */
async function seenBy(body: string): Promise<{ seen: unknown[]; exceptions: string[] }> {
  const { classes } = await loadedScript(
    `import { HttpUser, task, TaskSet, User } from 'katydid';\nconst seen: unknown[] = (globalThis as any).seen = [];\n${body}`,
  );
  const [model] = classes;
  if (model === undefined) throw new Error('no class');
  const user = userInTest(model.UserClass, 1, { maxIterations: 12 });
  await user.start();
  await user.clock.advance(10_000);
  return {
    seen: Reflect.get(globalThis, 'seen'),
    exceptions: user.exceptions.map(({ message }) => message),
  };
}

describe('a task that is named like a member of katydid', () => {
  it('runs as a task, and the member is still there', async () => {
    const { seen, exceptions } = await seenBy(
      `export class A extends User {
         @task index() { seen.push(['index', this.index, this.iteration, typeof this.random()]); }
       }`,
    );

    expect(exceptions).toEqual([]);
    expect(seen).toEqual(
      Array.from({ length: 12 }, (_, at) => at).map((iteration) => [
        'index',
        7,
        iteration,
        'number',
      ]),
    );
  });

  it('runs in the plain form, in task sets, and where a subclass writes it anew', async () => {
    const { seen, exceptions } = await seenBy(
      `class Base extends User { static abstract = true; @task iteration() { seen.push('base'); } }
       class S extends TaskSet { static tasks = ['random']; random() { seen.push(typeof this.user.random()); this.interrupt(false); } }
       export class A extends Base { static tasks = [S]; iteration() { seen.push(this.iteration); } }`,
    );

    expect(exceptions).toEqual([]);
    expect(seen).toContain('number');
    expect(seen.filter((each) => typeof each === 'number').length).toBeGreaterThan(0);
    expect(seen).not.toContain('base');
  });
});

describe('a wait time that is a number', () => {
  it('is a pause of so many seconds, in users and in task sets', async () => {
    const { classes } = await loadedScript(
      `import { task, TaskSet, User } from 'katydid';
       export class A extends User { waitTime: any = 0.5; @task a() {} }
       class S extends TaskSet { waitTime: any = 2; @task b() {} }
       export class B extends User { static tasks = [S]; }`,
    );
    const users = classes.map(({ UserClass }) => userInTest(UserClass));

    for (const user of users) {
      await user.start();
      await user.clock.advance(10_100);
    }

    expect(users.map(({ run }) => run.iterations)).toEqual([21, 6]);
  });
});

describe('constructors as Locust has them', () => {
  it('get the environment and the parent', async () => {
    const { seen, exceptions } = await seenBy(
      `class S extends TaskSet {
         constructor(parent: User | TaskSet) { super(parent); seen.push(parent instanceof A); }
         @task b() { seen.push(this.parent instanceof A); this.interrupt(); }
       }
       export class A extends User {
         static tasks = [S];
         constructor(environment: any) { super(environment); seen.push(typeof environment.runner); }
       }`,
    );

    expect(exceptions).toEqual([]);
    expect(seen.slice(0, 3)).toEqual(['object', true, true]);
  });
});
