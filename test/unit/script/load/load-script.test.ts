import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { bundleScript } from '../../../../src/script/bundle/bundle.ts';
import { decodeBundle, encodeBundle } from '../../../../src/script/bundle/script-bundle.ts';
import { loadScript } from '../../../../src/script/load/load-script.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { loadedScript, loadFailure } from '../../../support/loaded-script.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

/** `file:line:column: ` before the reason, and the line with a caret after it. */
const CLASS_PLACE = /^\S+loadfile\.ts:2:\d+: (.*)\n {2}.*\n *\^/;

describe('loadScript', () => {
  it('loads classes with decorators, nested task sets and the plain form', async () => {
    const { classes } = await loadedScript(`
      import { HttpUser, TaskSet, User, between, tag, task } from 'katydid';
      abstract class Base extends HttpUser {
        static abstract = true;
        static host = 'http://base.test';
        @task(2) async inherited() {}
      }
      export class Shopper extends Base {
        static weight = 3;
        static fixedCount = 2;
        static tasks = ['plain', ['weighted', 4]];
        waitTime = between(1, 2);
        async plain() {}
        async weighted() {}
        @tag('write') @task async buy() {}
        @task(3) @tag('read') async front() {}
        @task(5) static Forum = class extends TaskSet { @task async read() {} @task post() {} };
      }
      export default class extends User { @task a() {} }
      export { Base, HttpUser };
    `);

    expect(classes.map((each) => each.name)).toEqual(['Shopper', 'default']);
    expect(classes[0]).toMatchObject({
      weight: 3,
      fixedCount: 2,
      host: 'http://base.test',
      isHttp: true,
      taskNames: ['inherited', 'plain', 'weighted', 'buy', 'front', 'Forum.read', 'Forum.post'],
    });
    expect(classes[0]?.plan.tasks.map((task) => task.weight)).toEqual([2, 1, 4, 1, 3, 5]);
    expect(classes[1]).toMatchObject({ weight: 1, fixedCount: 0, host: undefined, isHttp: false });
  });

  it('keeps standard decorators where a tsconfig asks for the legacy ones', async () => {
    using folder = new TempFolder();
    folder.write('tsconfig.json', '{"compilerOptions":{"experimentalDecorators":true}}');
    const file = folder.write(
      'loadfile.ts',
      `import { User, task } from 'katydid';
       export class A extends User { @task(2) run() {} }`,
    );

    const { classes } = await loadScript(await bundleScript(file));

    expect(classes[0]?.taskNames).toEqual(['run']);
  });

  it('needs neither the files nor the packages once bundled', async () => {
    using folder = new TempFolder();
    folder.write('lib/cart.ts', `export const cart: string = 'cart';`);
    folder.write('data/items.json', '{"items":[1,2,3]}');
    folder.write('node_modules/old-style/package.json', '{"name":"old-style","main":"main.js"}');
    folder.write(
      'node_modules/old-style/main.js',
      `const path = require('path'); const sub = require('./sub');
       module.exports = { joined: path.join('a', 'b'), sub, folder: typeof __dirname };`,
    );
    folder.write('node_modules/old-style/sub.js', `exports.name = 'sub';`);
    const file = folder.write(
      'loadfile.mts',
      `import { createRequire } from 'node:module';
       import { dirname } from 'node:path';
       import { fileURLToPath } from 'node:url';
       import { User } from 'katydid';
       import oldStyle from 'old-style';
       import { cart } from './lib/cart.ts';
       import data from './data/items.json' with { type: 'json' };
       const __dirname = dirname(fileURLToPath(import.meta.url));
       const require = createRequire(import.meta.url);
       export class A extends User {
         static tasks = [() => undefined];
         static seen = { cart, items: data.items, joined: oldStyle.joined, sub: oldStyle.sub.name,
           folder: oldStyle.folder, place: import.meta.url, dir: __dirname, os: typeof require('os') };
       }`,
    );
    const bytes = encodeBundle(await bundleScript(file));
    folder.remove();

    const { classes } = await loadScript(decodeBundle(bytes));

    expect(Reflect.get(classes[0]?.UserClass ?? {}, 'seen')).toEqual({
      cart: 'cart',
      items: [1, 2, 3],
      joined: 'a/b',
      sub: 'sub',
      folder: 'string',
      place: pathToFileURL(file).href,
      dir: folder.path,
      os: 'object',
    });
  });

  it('loads a second version of the same file', async () => {
    using folder = new TempFolder();
    const versionOf = async (name: string) => {
      const text = `import { User } from 'katydid';
        export class ${name} extends User { static tasks = [() => 1]; }`;
      return loadScript(await bundleScript(folder.write('loadfile.js', text)));
    };

    const first = await versionOf('First');
    const second = await versionOf('Second');

    expect([first, second].map(({ classes }) => classes[0]?.name)).toEqual(['First', 'Second']);
  });

  it('sets static attributes in the type that they have', async () => {
    const text = `import { User } from 'katydid';
      class Base extends User { static abstract = true; static weight = 2; static tasks = [() => 1]; }
      export class A extends Base { static region = 'eu'; static fast = false; }
      export class B extends Base { static list?: readonly number[]; }`;
    const settings = {
      'A.weight': '7',
      'A.region': '12',
      'A.fast': '1',
      'A.host': 'tcp://x',
      'B.list': '[1]',
    };

    const { classes } = await loadedScript(text, { settings });

    expect(classes.map((each) => each.weight)).toEqual([7, 2]);
    expect(classes[0]?.host).toBe('tcp://x');
    expect({ ...classes[0]?.UserClass }).toMatchObject({ region: '12', fast: true });
    expect({ ...classes[1]?.UserClass }).toMatchObject({ list: [1] });
  });

  it('sets static attributes of load shapes, and of classes that others extend', async () => {
    const { hooks, classes } = await loadedScript(
      `import { LoadShape, User } from 'katydid';
       export class Base extends User { static abstract = true; static weight = 1; }
       export class A extends Base { static tasks = [() => 1]; }
       export class Steps extends LoadShape {
         static stepUsers = 10;
         tick(): [number, number] { return [Steps.stepUsers, 1]; }
       }`,
      { settings: { 'Steps.stepUsers': '25', 'Base.weight': '3' } },
    );

    expect({ ...hooks.Shape }).toMatchObject({ stepUsers: 25 });
    expect(classes[0]?.weight).toBe(3);
  });

  it.each([
    [
      { 'Aa.weight': '1' },
      '--set Aa.weight=1: the load file has no user class or shape Aa\nDid you mean A?',
    ],
    [{ 'A.weight': 'many' }, '--set A.weight=many: expected a number'],
    [{ weight: '1' }, '--set weight=1: expected Class.attribute=value'],
    [
      { 'A.wieght': '3' },
      '--set A.wieght=3: A has no static attribute wieght\nDid you mean weight?',
    ],
    [
      { 'A.colour': 'red' },
      '--set A.colour=red: A has no static attribute colour\n' +
        'Declare it in the load file: static colour = …',
    ],
  ])('refuses the setting %o', async (settings, message) => {
    const text = `import { User } from 'katydid';
      export class A extends User { static tasks = [() => 1]; }`;

    expect(await loadFailure(text, { settings })).toBe(message);
  });
});

describe('a load file that does not load', () => {
  it('shows file, line and caret of what its top level throws', async () => {
    const message = await loadFailure(
      `import { User } from 'katydid';\nconst config: { host?: { name: string } } = {};\n  console.log(config.host!.name);\n`,
    );

    expect(message).toMatch(
      /loadfile\.ts:3:\d+: TypeError: Cannot read properties of undefined \(reading 'name'\)\n {4}console\.log\(config\.host!\.name\);\n +\^$/,
    );
  });

  it('shows file, line and caret of the member that cannot be', async () => {
    const message = await loadFailure(
      `import { User, task } from 'katydid';\n\nexport class Buyer extends User {\n  weight = 3;\n  @task buy() {}\n}\n`,
    );

    expect(message).toMatch(
      /loadfile\.ts:4:\d+: Buyer\.weight is a field of every user; .*\n {4}weight = 3;\n +\^\nMake it static/,
    );
  });

  it('makes no user of a class whose wait times are as they should be', async () => {
    const { classes } = await loadedScript(
      `import { User, between, constant, task } from 'katydid';
       export class A extends User {
         static made = 0;
         waitTime = between(0.5, 1e3);
         other = constant(0);
         constructor() { super(); A.made += 1; }
         @task a() {}
       }`,
    );

    expect({ ...classes[0]?.UserClass }).toMatchObject({ made: 0 });
  });

  it('is given up after 60 s where its top level never ends', async () => {
    const clock = new FakeClock();
    const failure = loadFailure('await new Promise(() => undefined);', { clock });

    while (clock.pendingTimers === 0) await clock.advance(0);
    await clock.advance(60_000);

    expect(await failure).toMatch(/loadfile\.ts: its top level did not end within 60 s$/);
  });

  it('names a class after its export where it has no name of its own', async () => {
    const { classes } = await loadedScript(
      `import { User } from 'katydid';
       const make = (of: unknown) => class extends User { static tasks = [() => of] };
       export const One = make(1); export const Two = make(2);`,
    );

    expect(classes.map((each) => each.name)).toEqual(['One', 'Two']);
  });

  it('names the nearest export where katydid has none of that name', async () => {
    const message = await loadFailure(
      `import { HttpUsr } from 'katydid';\nexport class A extends HttpUsr {}\n`,
    );

    expect(message).toContain('loadfile.ts');
    expect(message).toContain("katydid exports no 'HttpUsr'\n");
    expect(message).toContain("Did you mean 'HttpUser'?");
  });

  it('says to import a name of katydid that the load file does not import', async () => {
    const message = await loadFailure('export class A extends HttpUser {}\n');

    expect(message).toContain('HttpUser is not defined');
    expect(message).toContain("Import it: import { HttpUser } from 'katydid';");
  });

  it('says nothing of importing a name that katydid does not have', async () => {
    const message = await loadFailure('export class A extends Shopper {}\n');

    expect(message).toContain('Shopper is not defined');
    expect(message).not.toContain('Import it');
  });

  it.each([
    [
      'nothing exported',
      `import { User } from 'katydid'; class A extends User {}`,
      'loadfile.ts: no user class; it exports nothing\nExport a class that extends HttpUser: `export class Shopper extends HttpUser { … }`.',
    ],
    [
      'only other things exported',
      `import { User } from 'katydid'; export const a = 1; export function f() {}
       export class Base extends User { static abstract = true }`,
      'loadfile.ts: no user class; it exports Base (an abstract user class), a (a number), f (a function)\nExport a class that extends HttpUser: `export class Shopper extends HttpUser { … }`.',
    ],
    [
      'a weight that is no number',
      `export class A extends User { static weight: any = 'x'; @task a() {} }`,
      "A.weight: expected a number of 0 or more, found 'x'",
    ],
    [
      'a negative weight',
      `export class A extends User { static weight = -1; @task a() {} }`,
      'A.weight: expected a number of 0 or more, found -1',
    ],
    [
      'a fractional fixedCount',
      `export class A extends User { static fixedCount = 1.5; @task a() {} }`,
      'A.fixedCount: expected a whole number, found 1.5',
    ],
    [
      'a host without scheme',
      `export class A extends HttpUser { static host = 'localhost:80'; @task a() {} }`,
      "A.host: expected a URL with http:// or https://, found 'localhost:80'",
    ],
    [
      'a misspelt option of static http',
      `export class A extends HttpUser { static http: any = { timout: 5 }; @task a() {} }`,
      "A.http.timout is no option of this version\nDid you mean 'timeout'?",
    ],
    [
      'an option of static http of the wrong kind',
      `export class A extends HttpUser { static http: any = { timeout: '5' }; @task a() {} }`,
      'A.http.timeout must be a number of 0 or more, not 5',
    ],
    [
      'static http that is no object',
      `export class A extends HttpUser { static http: any = 5; @task a() {} }`,
      'A.http: expected an object, found 5',
    ],
    [
      'a constant wait time below 0',
      `export class A extends User { waitTime = between(-1, 2); @task a() {} }`,
      'between: expected 0 seconds or more, found -1',
    ],
    [
      'a constant wait time below 0 of a nested task set',
      `export class A extends User { @task static S = class extends TaskSet { waitTime = between(3, 2); @task a() {} } }`,
      'between: expected 3 seconds or more, found 2',
    ],
    [
      'weight as a field',
      `export class A extends User { weight = 3; @task a() {} }`,
      'A.weight is a field of every user; katydid reads it from the class\nMake it static: `static weight = …`.',
    ],
    [
      'tasks as a field without decorators',
      `export class A extends User { tasks = [() => 1]; }`,
      'A.tasks is a field of every user; katydid reads it from the class\nMake it static: `static tasks = …`.',
    ],
    [
      'no tasks',
      `export class A extends User { a() {} }`,
      'A has no tasks\nPut @task before its methods, or list them in `static tasks`.',
    ],
    [
      'a task that is no function',
      `export class A extends User { static tasks: any = [7]; }`,
      "A.tasks: expected a function, a method's name or a TaskSet class as a task, found the number 7",
    ],
    [
      'tasks that are no list',
      `export class A extends User { static tasks: any = { a: 1 }; }`,
      'A.tasks: expected a list or a Map, found an object\nWith weights: `static tasks = [[front, 3], search]`.',
    ],
    [
      'an unknown method name',
      `export class A extends User { static tasks = ['frnt']; front() {} }`,
      "A.tasks: A has no method 'frnt'\nDid you mean 'front'?",
    ],
    [
      'circular task sets',
      `class S extends TaskSet {} class T extends TaskSet { static tasks = [S] }
       S.tasks = [T]; export class A extends User { static tasks = [S]; }`,
      'T.tasks: task sets contain each other: S > T > S',
    ],
    [
      'two classes of one name',
      `const make = () => class Same extends User { static tasks = [() => 1] };
       export const x = make(); export const y = make();`,
      'loadfile.ts: exports two user classes named Same',
    ],
    [
      'a negative task weight',
      `export class A extends User { @task(-1) a() {} }`,
      /loadfile\.ts:2:\d+: @task: expected a weight of 0 or more, found -1\n/,
    ],
    [
      'a tag that makes no task',
      `export class A extends User { @task a() {} @tag('x') b() {} }`,
      /loadfile\.ts:2:\d+: A\.b has a @tag and is no task[\s\S]*`@tag\(…\) @task`/,
    ],
    [
      'a task with the parameter self',
      `export class A extends User { @task async a(self: A) { self.wait(); } }`,
      /loadfile\.ts:2:\d+: A\.a has a parameter self[\s\S]*`this` is the user/,
    ],
    [
      'a field as a task',
      `export class A extends User { // @ts-ignore\n @task a = () => 1; }`,
      /@task on a: a field cannot be a task; write a method, as in `async a\(\) \{…\}`/,
    ],
    [
      'a wait time below 0',
      `export class A extends User { static w = between(-1, 2); @task a() {} }`,
      /loadfile\.ts:2:\d+: between: expected 0 seconds or more, found -1/,
    ],
    ['a text thrown', `throw 'no token';`, /loadfile\.ts: threw no token$/],
  ])('says so: %s', async (_what, text, message) => {
    const imports = text.includes('import ')
      ? ''
      : `import { HttpUser, TaskSet, User, between, tag, task } from 'katydid';\n`;

    const failure = await loadFailure(imports + text);

    if (typeof message === 'string') expect(failure.replace(CLASS_PLACE, '$1')).toBe(message);
    else expect(failure).toMatch(message);
    expect(failure).toMatch(/loadfile\.ts(?::[23]:\d+)?: /);
  });
});
