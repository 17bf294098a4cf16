import { describe, expect } from 'vitest';
import { runKatydid } from '../support/katydid-process.ts';
import type { EndedProcess } from '../support/watched-process.ts';
import { truthTest as it, type TruthContext } from './support/truth-test.ts';

/** What somebody writes by habit who knows Locust, and what katydid must say about it. */
interface Habit {
  readonly habit: string;
  /** Members of the class `Shopper`, or a whole file where it has an `import` of its own. */
  readonly code: string;
  readonly args?: readonly string[];
  readonly says: RegExp;
}

const IMPORT = `import {
  between, constant, defineOptions, environment, events, HttpUser, LoadTestShape, SequentialTaskSet, tag, task, TaskSet, User,
} from 'katydid';`;
const FINE = "@task async look() { await this.client.get('/ok'); }";

/** A file whose one task does this. */
function inTask(statement: string): string {
  return `@task async look() { ${statement} }`;
}

/** A fine load file with something beside its class. */
function beside(code: string): string {
  return `${IMPORT}\nexport class Shopper extends HttpUser { waitTime = constant(0.2); ${FINE} }\n${code}`;
}

function run({ server, folder }: TruthContext, habit: Habit): Promise<EndedProcess> {
  const { code, args = [] } = habit;
  const isWhole = code.includes('import ') || code.includes('require(');
  const file = code.includes('require(') ? 'loadfile.js' : 'loadfile.ts';
  const members = `waitTime = constant(0.2);\n  ${code}`;
  folder.write(
    file,
    isWhole ? code : `${IMPORT}\nexport class Shopper extends HttpUser {\n  ${members}\n}`,
  );
  const all = [
    'run',
    file,
    '-w',
    '1',
    '-u',
    '2',
    '-r',
    '10',
    '-t',
    '2s',
    '-s',
    '1',
    '--progress',
    '0',
  ];
  return runKatydid([...all, '--port', '0', '-H', server.url, ...args], { cwd: folder.path });
}

const BEFORE_ANY_LOAD: readonly Habit[] = [
  {
    habit: 'wait_time',
    code: `wait_time = between(1, 2); ${FINE}`,
    says: /Shopper\.wait_time is waitTime/,
  },
  { habit: 'on_start', code: `on_start() {} ${FINE}`, says: /Did you mean `async onStart\(\)/ },
  {
    habit: 'fixed_count',
    code: `static fixed_count = 1; ${FINE}`,
    says: /`static fixedCount = …`/,
  },
  { habit: 'min_wait', code: `min_wait = 1000; ${FINE}`, says: /between\(min, max\)`, in seconds/ },
  {
    habit: 'task_set',
    code: `task_set = Object; ${FINE}`,
    says: /`static tasks = \[TheTaskSet\]`/,
  },
  {
    habit: 'a weight of every user',
    code: `weight = 3; ${FINE}`,
    says: /Make it static: `static weight/,
  },
  { habit: 'a host of every user', code: `host = 'http://a'; ${FINE}`, says: /`static host = …`/ },
  {
    habit: 'a static waitTime',
    code: `static waitTime = between(1, 2); ${FINE}`,
    says: /Leave out `static`/,
  },
  {
    habit: 'tasks as a dict',
    code: 'static tasks = { look: 3 }; async look() {}',
    says: /`static tasks = \[\[front, 3\], search\]`/,
  },
  { habit: 'no @task', code: 'async look() {}', says: /Put @task before its methods/ },
  {
    habit: '@tag and no @task',
    code: `@tag('a') async other() {} ${FINE}`,
    says: /Shopper\.other has a @tag and is no task/,
  },
  {
    habit: '@task on a field',
    code: '@task look = async () => {};',
    says: /a field cannot be a task; write a method/,
  },
  {
    habit: '@task on a static method',
    code: '@task static async look() {}',
    says: /leave out `static`/,
  },
  {
    habit: '@task with a keyword',
    code: '@task({ weight: 3 }) async look() {}',
    says: /expected a weight of 0 or more/,
  },
  {
    habit: 'self',
    code: "@task async look(self) { await self.client.get('/ok'); }",
    says: /`this` is the user/,
  },
  {
    habit: 'self in onStart',
    code: `async onStart(self) {} ${FINE}`,
    says: /onStart has a parameter self/,
  },
  {
    habit: 'no export',
    code: `${IMPORT}\nclass A extends HttpUser { ${FINE} }`,
    says: /no user class; it exports nothing/,
  },
  {
    habit: 'import from locust',
    code: "import { HttpUser } from 'locust'; export class A extends HttpUser {}",
    says: /Write `from 'katydid'`/,
  },
  {
    habit: 'a default import',
    code: "import katydid from 'katydid'; export class A extends katydid.HttpUser {}",
    says: /`import { HttpUser, task } from 'katydid'`/,
  },
  {
    habit: 'module.exports',
    code: "const { HttpUser } = require('katydid'); module.exports = { A: class extends HttpUser {} };",
    says: /`module\.exports` is not read/,
  },
  {
    habit: 'events.test_start',
    code: beside('events.test_start.addListener(() => {});'),
    says: /Did you mean events\.testStart\?/,
  },
  {
    habit: 'add_listener',
    code: beside('events.testStart.add_listener(() => {});'),
    says: /write addListener/,
  },
  {
    habit: 'a listener with arguments',
    code: beside('events.request.addListener((type, name) => {});'),
    says: /a listener gets one object[\s\S]*\(\{ name, responseTime \}\)/,
  },
  {
    habit: 'a listener of an environment',
    code: beside('events.testStart.addListener((environment) => {});'),
    says: /\(\{ environment \}\)/,
  },
  {
    habit: 'request_success',
    code: beside('events.request_success.addListener(() => {});'),
    says: /Write events\.request:/,
  },
  {
    habit: 'options by the parser',
    code: beside('events.init_command_line_parser.addListener(() => {});'),
    says: /defineOptions/,
  },
  {
    habit: 'a misspelt --set',
    code: FINE,
    args: ['--set', 'Shopper.wieght=3'],
    says: /Did you mean weight\?/,
  },
  {
    habit: 'a tag of no task',
    code: FINE,
    args: ['-T', 'slow'],
    says: /no task has the tag 'slow'/,
  },
  {
    habit: 'a host without a scheme',
    code: FINE,
    args: ['-H', 'localhost:8000'],
    says: /did you mean http:\/\/localhost:8000\?/,
  },
  {
    habit: '--autostart',
    code: FINE,
    args: ['--autostart'],
    says: /--autostart: leave it out: a run starts at once/,
  },
  {
    habit: '--class-picker',
    code: FINE,
    args: ['--class-picker'],
    says: /write katydid run FILE ClassA ClassB/,
  },
  {
    habit: '--master',
    code: FINE,
    args: ['--master'],
    says: /--master: write katydid master FILE/,
  },
  {
    habit: '--worker',
    code: FINE,
    args: ['--worker'],
    says: /--worker: write katydid worker wss:/,
  },
  { habit: '--html', code: FINE, args: ['--html', 'a.html'], says: /does not have --html yet/ },
  {
    habit: 'a shape with get_run_time',
    code: beside(
      'export class S extends LoadTestShape { tick() { return this.get_run_time() < 1 ? [1, 1] : null; } }',
    ),
    says: /write this\.getRunTime/,
  },
  {
    habit: 'a shape with spawn_rate',
    code: beside(
      'export class S extends LoadTestShape { tick() { return { users: 1, spawn_rate: 1 }; } }',
    ),
    says: /`return { users: 10, spawnRate: 2 }`/,
  },
];

const BEFORE_THE_REQUEST: readonly Habit[] = [
  {
    habit: 'data=',
    code: inTask("await this.client.post('/ok', { data: { a: 1 } });"),
    says: /no option `data`; write `form: /,
  },
  {
    habit: 'the body as an argument',
    code: inTask("await this.client.post('/ok', { user: 'ada' });"),
    says: /did you mean `{ form: { … } }`/,
  },
  {
    habit: 'catch_response',
    code: inTask("await this.client.get('/ok', { catch_response: true });"),
    says: /`check: \(answer\)/,
  },
  {
    habit: 'allow_redirects',
    code: inTask("await this.client.get('/ok', { allow_redirects: false });"),
    says: /`redirect: 'manual'`/,
  },
  {
    habit: 'files=',
    code: inTask("await this.client.post('/ok', { files: {} });"),
    says: /`body: formData`/,
  },
  {
    habit: 'stream=True',
    code: inTask("await this.client.get('/ok', { stream: true });"),
    says: /this\.client\.fetch\(url\)/,
  },
  {
    habit: 'client.verify',
    code: inTask("this.client.verify = false; await this.client.get('/ok');"),
    says: /insecure: true/,
  },
  {
    habit: 'client.trust_env',
    code: inTask("this.client.trust_env = false; await this.client.get('/ok');"),
    says: /no trust_env in katydid/,
  },
  {
    habit: 'parsed_options',
    code: inTask("this.environment.parsed_options.a; await this.client.get('/ok');"),
    says: /write environment\.options/,
  },
  {
    habit: 'parsedOptions',
    code: inTask("this.environment.parsedOptions.a; await this.client.get('/ok');"),
    says: /write environment\.options/,
  },
  {
    habit: 'a client of a User',
    code: "import { task, User } from 'katydid'; export class Shopper extends User { waitTime = 0.2; @task async look() { await this.client.get('/ok'); } }",
    says: /a user that is no HttpUser has no client in katydid: write `extends HttpUser`/,
  },
  {
    habit: 'interrupt of a user',
    code: inTask("this.interrupt(); await this.client.get('/ok');"),
    says: /`throw new StopUser\(\)` to end the user/,
  },
];

const AFTER_THE_REQUEST: readonly Habit[] = [
  {
    habit: 'status_code',
    code: inTask("(await this.client.get('/ok')).status_code;"),
    says: /no status_code in katydid: write answer\.status/,
  },
  {
    habit: 'response.failure',
    code: inTask("(await this.client.get('/ok')).failure('bad');"),
    says: /`check: \(answer\) => … \|\| 'why not'`/,
  },
  {
    habit: 'elapsed',
    code: inTask("(await this.client.get('/ok')).elapsed;"),
    says: /write answer\.time, in milliseconds/,
  },
];

describe.concurrent('a habit of Locust', () => {
  it.for(BEFORE_ANY_LOAD)(
    '$habit is refused with 2, one remedy, and no load',
    async (habit, { server, folder }) => {
      const ended = await run({ server, folder }, habit);

      expect(ended.status, ended.stderr).toBe(2);
      expect(ended.stderr).toMatch(habit.says);
      expect(server.total()).toBe(0);
    },
  );

  it.for(BEFORE_THE_REQUEST)(
    '$habit ends its task with a remedy, and sends nothing',
    async (habit, { server, folder }) => {
      const ended = await run({ server, folder }, habit);

      expect(ended.status, ended.stderr).toBe(1);
      expect(ended.stderr).toMatch(habit.says);
      expect(ended.stderr).toMatch(/\(Shopper\.look, \S*loadfile\.ts:\d+\)/);
      expect(server.total()).toBe(0);
    },
  );

  it.for(AFTER_THE_REQUEST)(
    '$habit ends its task with a remedy',
    async (habit, { server, folder }) => {
      const ended = await run({ server, folder }, habit);

      expect(ended.status, ended.stderr).toBe(1);
      expect(ended.stderr).toMatch(habit.says);
      expect(server.total()).toBeGreaterThan(0);
    },
  );

  it('a forgotten await is said once while the run goes on', async ({ server, folder }) => {
    const says =
      /exception: ScriptError: Shopper\.look ended while its request GET \S*\/ok was still under way: write `await`/g;
    const code = "@task look() { this.client.get('/ok'); }";

    const ended = await run({ server, folder }, { habit: '', code, says });

    expect(ended.stderr.match(says)).toHaveLength(1);
  });
});

describe.concurrent('a command line of Locust', () => {
  it.for([
    { args: ['loadfile.ts'], says: /did you mean katydid run loadfile\.ts\?/ },
    { args: ['-f', 'loadfile.ts', '-u', '1'], says: /Did you mean katydid run -f loadfile\.ts/ },
    {
      args: ['worker', '127.0.0.1'],
      says: /wanted the join token that the master printed: --token T/,
    },
    {
      args: ['worker', '--master-host', '127.0.0.1'],
      says: /write katydid worker wss:\/\/HOST:5557 --token T/,
    },
    { args: ['run', '-f', 'a.ts,b.ts'], says: /katydid takes one, which may import others/ },
  ])('$args ends with 2 and the right one', async ({ args, says }, { folder }) => {
    const ended = await runKatydid(args, { cwd: folder.path });

    expect(ended.status, ended.stderr).toBe(2);
    expect(ended.stderr).toMatch(says);
  });
});
