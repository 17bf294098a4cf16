import { describe, expect, it } from 'vitest';
import { loadedScript, loadFailure } from '../../../support/loaded-script.ts';

const IMPORTS = `import { between, constant, FastHttpUser, HttpUser, LoadShape, tag, task, TaskSet, User } from 'katydid';`;

/** The first and the last line of the message: what is wrong, and the remedy. */
async function refusal(text: string): Promise<string> {
  const lines = (await loadFailure(`${IMPORTS}\n${text}`)).split('\n');
  return `${(lines[0] ?? '').replace(/^.*loadfile\.ts:\d+:\d+: /, '')}\n${lines.at(-1)}`;
}

describe('a member that means nothing in katydid', () => {
  it.each([
    [
      "Locust's wait_time",
      `export class A extends HttpUser { wait_time = between(1, 2); @task a() {} }`,
      'A.wait_time is waitTime in katydid\nDid you mean `waitTime = between(1, 2)`?',
    ],
    [
      "Locust's on_start",
      `export class A extends HttpUser { async on_start() {} @task a() {} }`,
      'A.on_start is onStart in katydid\nDid you mean `async onStart() { … }`?',
    ],
    [
      "Locust's on_stop in a task set",
      `class S extends TaskSet { on_stop() {} @task a() {} }
       export class A extends HttpUser { static tasks = [S]; }`,
      'S.on_stop is onStop in katydid\nDid you mean `async onStop() { … }`?',
    ],
    [
      'fixed_count, as a field and as a static one',
      `export class A extends User { static fixed_count = 3; @task a() {} }`,
      'A.fixed_count is fixedCount in katydid\nDid you mean `static fixedCount = …`?',
    ],
    [
      'min_wait of an old Locust',
      `export class A extends User { min_wait = 5000; max_wait = 9000; @task a() {} }`,
      'A.min_wait has no meaning in katydid\nWrite `waitTime = between(min, max)`, in seconds.',
    ],
    [
      'network_timeout of FastHttpUser',
      `export class A extends FastHttpUser { static network_timeout = 5; @task a() {} }`,
      'A.network_timeout has no meaning in katydid\nWrite `static http = { timeout: seconds }`.',
    ],
    [
      'use_common_options of a shape',
      `export class S extends LoadShape { static use_common_options = true; tick() { return null; } }
       export class A extends User { @task a() {} }`,
      'S.use_common_options is useCommonOptions in katydid\nDid you mean `static useCommonOptions = …`?',
    ],
    [
      'waitTime on the class',
      `export class A extends User { static waitTime = constant(0.5); @task a() {} }`,
      'A.waitTime is static; katydid reads it from every user\nLeave out `static`: `waitTime = between(1, 2)`.',
    ],
    [
      'onStart on the class',
      `export class A extends User { static async onStart() {} @task a() {} }`,
      'A.onStart is static; katydid reads it from every user\nLeave out `static`: `async onStart() { … }`.',
    ],
    [
      'host of every user',
      `export class A extends HttpUser { host = 'http://127.0.0.1:1'; @task a() {} }`,
      'A.host is a field of every user; katydid reads it from the class\nMake it static: `static host = …`.',
    ],
    [
      'host as a getter',
      `export class A extends HttpUser { get host() { return 'http://127.0.0.1:1'; } @task a() {} }`,
      'A.host is a method of every user; katydid reads it from the class\nMake it static: `static host = …`.',
    ],
    [
      'http of every user',
      `export class A extends HttpUser { http = { timeout: 1 }; @task a() {} }`,
      'A.http is a field of every user; katydid reads it from the class\nMake it static: `static http = …`.',
    ],
    [
      'tasks of every task set',
      `class S extends TaskSet { tasks = [() => 1]; @task a() {} }
       export class A extends User { static tasks = [S]; }`,
      'S.tasks is a field of every task set; katydid reads it from the class\nMake it static: `static tasks = …`.',
    ],
    [
      'a slip in a name that only katydid would call',
      `export class A extends User { async onStrat() {} @task a() {} }`,
      'A.onStrat has no meaning in katydid\nDid you mean `async onStart() { … }`?',
    ],
    [
      'a slip in a field',
      `export class A extends User { waitTme = constant(1); @task a() {} }`,
      'A.waitTme has no meaning in katydid\nDid you mean `waitTime = between(1, 2)`?',
    ],
    [
      'a setup method, which Locust had once',
      `export class A extends User { async setup() {} @task a() {} }`,
      'A.setup is called by nobody\nWrite `export async function setup() { … }` for once a run, onStart and onStop for once a user.',
    ],
    [
      'a field that hides the number of the user',
      `export class A extends User { index = 5; @task a() {} }`,
      "A.index hides katydid's own index: the number of the user\nGive the field another name. A task may have this one.",
    ],
    [
      'a method that hides the random numbers of the user',
      `export class A extends User { random() { return 4; } @task a() {} }`,
      "A.random hides katydid's own random: a random number from the seed\nGive the method another name. A task may have this one.",
    ],
    [
      'onStart as a task',
      `export class A extends User { @task onStart() {} }`,
      'A.onStart cannot be a task: katydid calls onStart itself\nGive the task another name.',
    ],
    [
      'a wait time that is a text',
      `export class A extends User { waitTime: any = '1'; @task a() {} }`,
      "A.waitTime: expected a wait time or seconds of 0 or more, found '1'\nAs in `waitTime = between(1, 2)`, `waitTime = 0.5`, or `waitTime() { return 0.5; }`.",
    ],
    [
      'a wait time below 0 from a constant',
      `const PAUSE = -1;\nexport class A extends User { waitTime: any = PAUSE; @task a() {} }`,
      'A.waitTime: expected a wait time or seconds of 0 or more, found -1\nAs in `waitTime = between(1, 2)`, `waitTime = 0.5`, or `waitTime() { return 0.5; }`.',
    ],
    [
      'onStart that is no function',
      `export class A extends User { onStart: any = 1; waitTime: any = 1; @task a() {} }`,
      'A.onStart: expected a function, found 1\nA.onStart: expected a function, found 1',
    ],
  ])('is refused before load: %s', async (_, text, message) => {
    expect(await refusal(text)).toContain(message.split('\n')[0]);
    expect(await refusal(text)).toContain(message.split('\n')[1]);
  });

  it('is refused where its base class has it, and that class is named', async () => {
    const message = await refusal(
      `class Base extends HttpUser { static abstract = true; on_start() {} }
       export class A extends Base { @task a() {} }`,
    );

    expect(message).toContain('Base.on_start is onStart in katydid');
  });

  it('is shown with the line of the member', async () => {
    const message = await loadFailure(
      `${IMPORTS}\nexport class A extends User {\n  @task a() {}\n\n  async on_start() {}\n}\n`,
    );

    expect(message).toMatch(/loadfile\.ts:5:\d+: A\.on_start is onStart/);
  });
});

describe('members that are the own business of a script', () => {
  it.each([
    [
      'constants and private members',
      `static TAGS = 3; static HOST = 'x'; _host = 'y'; #weight = 2; @task a() { return this.#weight; }`,
    ],
    ['plurals and other words', `weights = [1]; hosts = ['a']; task = 1; @task a() {}`],
    [
      'a handler whose name is near one of katydid, and which the script calls',
      `onStat() {} @task a() { this.onStat(); }`,
    ],
    ['a setup that the script calls', `setup() {} onStart() { this.setup(); } @task a() {}`],
    [
      'an override that calls what it replaces',
      `async wait() { await super.wait(); } random() { return super.random() / 2; } @task a() {}`,
    ],
    ['a client of the script in a user that has none', `client = { get() {} }; @task a() {}`],
    ['onStart as an arrow function', `onStart = async () => {}; @task a() {}`],
    [
      'local variables of such names',
      `@task a() {\n let weight = 1;\n let host = 'x';\n weight = 2;\n host = 'y';\n }`,
    ],
  ])('load: %s', async (_, members) => {
    const { classes } = await loadedScript(
      `${IMPORTS}\nexport class A extends User { ${members} }`,
    );

    expect(classes.map(({ name }) => name)).toEqual(['A']);
  });

  it('make no object where nothing in the text of the class is suspicious', async () => {
    const { classes } = await loadedScript(
      `${IMPORTS}
       export class A extends User {
         static made = 0; waitTime = between(1, 2); cart = []; token = '';
         constructor() { super(); A.made += 1; }
         @task a() { this.cart = []; }
       }`,
    );

    expect(Reflect.get(classes[0]?.UserClass ?? {}, 'made')).toBe(0);
  });
});
