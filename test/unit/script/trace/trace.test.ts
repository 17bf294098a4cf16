import { describe, expect, it } from 'vitest';
import { bundleScript } from '../../../../src/script/bundle/bundle.ts';
import { loadScript } from '../../../../src/script/load/load-script.ts';
import type { FunctionTask } from '../../../../src/script/model/task-plan.ts';
import { withSourcePlaces } from '../../../../src/script/trace/script-sources.ts';
import { traceOf } from '../../../../src/script/trace/trace.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

/** What the first task of a script throws, and the folder that the script was in. */
async function thrownBy(files: Record<string, string>): Promise<[unknown, string]> {
  using folder = new TempFolder();
  for (const [name, text] of Object.entries(files)) folder.write(name, text);
  const { classes } = await loadScript(await bundleScript(`${folder.path}/load.ts`));
  const task = classes[0]?.plan.tasks[0] as FunctionTask;
  try {
    await task.run.call(Object.create(classes[0]?.UserClass.prototype ?? null));
  } catch (thrown) {
    return [thrown, folder.path];
  }
  throw new Error('the task did not throw');
}

describe('traceOf', () => {
  it("shows the user's own files and lines, and no frame of katydid or Node", async () => {
    const [thrown, folder] = await thrownBy({
      'lib/cart.ts': `interface Cart { id: number }\n\nexport function add(cart: Cart): never {\n  throw new RangeError('full: ' + cart.id);\n}`,
      'load.ts': `import { User, task } from 'katydid';\nimport { add } from './lib/cart.ts';\n\nexport class Shopper extends User {\n  @task async buy() {\n    add({ id: 7 });\n  }\n}`,
    });

    expect(traceOf(thrown).split('\n').slice(0, 3)).toEqual([
      'RangeError: full: 7',
      `    at add (${folder}/lib/cart.ts:4:9)`,
      `    at Shopper.buy (${folder}/load.ts:6:5)`,
    ]);
    expect(traceOf(thrown)).not.toMatch(/node:|node_modules|src\/script/);
  });

  it('finds the place in a folder with blanks, parentheses and percent signs in its name', async () => {
    using folder = new TempFolder();
    const file = folder.write(
      'a (1) ü%20#/load.ts',
      `import { User } from 'katydid';\nthrow new Error('x');\nexport class A extends User {}`,
    );

    await expect(bundleScript(file).then((bundle) => loadScript(bundle))).rejects.toThrow(
      `${file}:2:7: Error: x\n  throw new Error('x');\n        ^`,
    );
  });

  it('shows causes, at most 5 of them', async () => {
    const [thrown, folder] = await thrownBy({
      'load.ts': `import { User } from 'katydid';
export class A extends User {
  static tasks = [() => { throw new Error('outer', { cause: new TypeError('inner', { cause: 'text' }) }); }];
}`,
    });

    expect(
      traceOf(thrown)
        .split('\n')
        .filter((line) => !line.includes('   at ')),
    ).toEqual(['Error: outer', 'caused by: TypeError: inner', "caused by: 'text'"]);
    expect(traceOf(thrown)).toContain(`${folder}/load.ts:3:33`);
    const endless = new Error('endless');
    endless.cause = endless;
    expect(traceOf(endless)).not.toContain('caused by');
  });

  it('is at most 32 kB, whatever was thrown', () => {
    const huge = new Error('ü'.repeat(100_000));

    expect(Buffer.byteLength(traceOf(huge))).toBeLessThanOrEqual(32 * 1024);
    expect(traceOf(huge).startsWith('Error: üü')).toBe(true);
    expect(Buffer.byteLength(traceOf('x'.repeat(100_000)))).toBeLessThanOrEqual(32 * 1024);
  });

  it('survives errors whose own members throw', () => {
    const hostile = new Error('x');
    for (const key of ['stack', 'message', 'name', 'cause']) {
      Object.defineProperty(hostile, key, {
        get() {
          throw new TypeError('no');
        },
      });
    }

    expect(traceOf(hostile)).toBe('Error');
    expect(traceOf(undefined)).toBe('undefined');
    expect(traceOf({ a: 1 })).toBe('{ a: 1 }');
  });

  it('is mapped in printed texts too', async () => {
    const [thrown, folder] = await thrownBy({
      'load.ts': `import { User } from 'katydid';\nexport class A extends User {\n  static tasks = [() => { throw new Error('x'); }];\n}`,
    });
    const stack = thrown instanceof Error ? String(thrown.stack) : '';

    expect(withSourcePlaces(`seen: ${stack}`)).toContain(`${folder}/load.ts:3:33`);
  });
});
