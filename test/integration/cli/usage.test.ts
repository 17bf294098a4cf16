import { execFile, spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { VERSION } from '../../../src/base/version.ts';
import { TempFolder } from '../../support/temp-folder.ts';

const KATYDID = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const TSC = fileURLToPath(new URL('../../../node_modules/.bin/tsc', import.meta.url));

interface Ended {
  readonly status: number;
  readonly out: string;
  readonly err: string;
}

let folder: TempFolder;

beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder.remove());

/** Runs katydid in the scratch folder, with nothing of our environment but PATH. */
function katydid(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<Ended> {
  const { PATH = '' } = process.env;
  const options = { cwd: folder.path, env: { PATH, ...env } };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [KATYDID, ...args], options, (_, out, err) => {
      resolve({ status: child.exitCode ?? -1, out, err });
    });
  });
}

const SHOP = `
import { HttpUser } from 'katydid';
console.log('loading in', process.env.REGION);
class Base extends HttpUser {
  static host = 'http://127.0.0.1:1';
  static tasks = ['go'];
  async go() { await this.client.get('/'); }
}
export class Buyer extends Base { static weight = 1; }
export class Looker extends Base { static weight = 3; }
`;

interface PlanOutput {
  readonly schema: string;
  readonly users: number;
  readonly spawnRate: number;
  readonly workers: readonly string[];
  readonly classes: Readonly<Record<string, number>>;
  readonly starts: readonly { readonly at: number; readonly worker: string }[];
}

async function planOf(...args: string[]): Promise<PlanOutput> {
  const { out, err, status } = await katydid(['plan', '--json', ...args]);
  expect([status, err.replace(/^.*loading in.*\n/, '')]).toEqual([0, '']);
  // The test's own expectations say whether it is one.
  return JSON.parse(out) as PlanOutput;
}

describe('katydid on the command line', () => {
  it('prints help and version on standard output with status 0', async () => {
    expect(await katydid(['--version'])).toEqual({ status: 0, out: `${VERSION}\n`, err: '' });
    const help = await katydid(['run', '--help']);
    expect([help.status, help.err]).toEqual([0, '']);
    expect(help.out).toContain('-u, --users N');
  });

  it('prints help on standard error with status 2 where no command is given', async () => {
    const { status, out, err } = await katydid([]);

    expect([status, out]).toEqual([2, '']);
    expect(err).toContain('Usage: katydid <command>');
  });

  it.each([
    ['run --usres 5', 'did you mean --users?'],
    ['runn', 'did you mean katydid run?'],
    ['replay x', 'does not have the command replay yet'],
    ['ctl users', 'users: wanted how many'],
    ['run http://localhost -u 0', '--users: got "0"'],
    ['run http://localhost -t abc', '--run-time: got "abc"'],
    ['run http://localhost -r 0', '--spawn-rate: got "0"'],
    ['run -H localhost:8000', 'did you mean http://localhost:8000?'],
    ['run', 'looked for loadfile.ts and loadfile.js'],
    ['plan no.ts', 'the load file "no.ts" does not exist'],
    ['run http://localhost --csv no/such/folder -t 1', 'no/such does not exist'],
  ])('ends katydid %s with status 2, says why, and prints nothing else', async (line, reason) => {
    const { status, out, err } = await katydid(line.split(' '));

    expect([status, out]).toEqual([2, '']);
    expect(err).toContain(reason);
    expect(err).toMatch(/^katydid: /);
    expect(err).not.toMatch(/^\s+at /m);
  });

  it('refuses a mistyped variable of the environment', async () => {
    const { status, err } = await katydid(['run', 'http://localhost'], { KATYDID_USRES: '5' });

    expect(status).toBe(2);
    expect(err).toContain('did you mean KATYDID_USERS?');
  });

  it('warns nobody about a TypeScript configuration file', async () => {
    folder.write('katydid.config.ts', 'const users: number = 4;\nexport default { users };\n');

    const { status, out, err } = await katydid(['plan', 'http://localhost/', '--json']);

    expect([status, err]).toEqual([0, '']);
    expect(JSON.parse(out)).toMatchObject({ users: 4 });
  });

  it('names the line of a mistake in a TypeScript configuration file', async () => {
    folder.write('katydid.config.ts', 'export default {\n  users: 5,,\n};\n');

    const { status, err } = await katydid(['plan', 'http://localhost/']);

    expect(status).toBe(2);
    expect(err).toMatch(/^katydid: katydid\.config\.ts(:2)?: /);
  });
});

describe('katydid plan', () => {
  it('gives schema katydid.plan/1 for the workers, users and classes asked for', async () => {
    folder.write('shop.js', SHOP);

    const plan = await planOf('shop.js', '-u', '8', '-r', '2', '-w', '2');

    expect(plan).toMatchObject({
      schema: 'katydid.plan/1',
      users: 8,
      spawnRate: 2,
      workers: ['w1', 'w2'],
      classes: { Buyer: 2, Looker: 6 },
    });
    expect(plan.starts.map(({ at }) => at)).toEqual([0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5]);
    expect(plan.starts.filter(({ worker }) => worker === 'w1')).toHaveLength(4);
  });

  it('heeds class names, --set and the default load file', async () => {
    folder.write('loadfile.js', SHOP);

    expect((await planOf('-u', '4', 'Buyer')).classes).toEqual({ Buyer: 4 });
    expect((await planOf('-u', '4', '--set', 'Buyer.weight=3')).classes).toEqual({
      Buyer: 2,
      Looker: 2,
    });
  });

  it('keeps what the load file prints off standard output, and sets -e before it loads', async () => {
    folder.write('loadfile.js', SHOP);

    const { out, err } = await katydid(['plan', '--json', '-e', 'REGION=eu', '-u', '1']);

    expect(err).toContain('loading in eu');
    expect(JSON.parse(out)).toMatchObject({ users: 1 });
  });

  it('prints a table of at most 80 columns', async () => {
    folder.write('loadfile.js', SHOP);

    const { out } = await katydid(['plan', '-u', '100', '-w', '4']);

    expect(out).toMatch(/Buyer +25/);
    expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it('names the nearest class, with status 2', async () => {
    folder.write('loadfile.js', SHOP);

    const { status, err } = await katydid(['plan', 'Byer']);

    expect(status).toBe(2);
    expect(err).toContain('Did you mean Buyer?');
  });
});

describe('katydid init', () => {
  it('writes a load file that can be planned and type-checks', async () => {
    const { status, out } = await katydid(['init', 'new/test']);

    expect(status).toBe(0);
    expect(out).toContain('cd new/test');
    const plan = await planOf(join('new', 'test', 'loadfile.ts'), '-u', '2');
    expect(plan.users).toBe(2);
    const project = join(folder.path, 'new', 'test');
    folder.write(
      'new/test/wrong.ts',
      "import { HttpUser } from 'katydid';\nexport class Wrong extends HttpUser { waitTime = 'x'; }\n",
    );
    const check = spawnSync(TSC, ['-p', project], { encoding: 'utf8' });
    const complaints = check.stdout.split('\n').filter((line) => !line.includes('/src/'));
    // Run from its sources, the declarations complain too; what counts is the user's own files.
    expect(
      complaints.filter((line) => line.startsWith('wrong.ts') || line.includes('/wrong.ts(')),
    ).toHaveLength(1);
    expect(complaints.filter((line) => line.includes('loadfile.ts('))).toEqual([]);
  });

  it('leaves a file that exists alone, writes nothing, and says so', async () => {
    folder.write('tsconfig.json', 'mine');

    const { status, err } = await katydid(['init']);

    expect(status).toBe(2);
    expect(err).toContain('tsconfig.json exists already');
    expect(existsSync(join(folder.path, 'loadfile.ts'))).toBe(false);
    expect(readFileSync(join(folder.path, 'tsconfig.json'), 'utf8')).toBe('mine');
  });

  it('writes over it with --force', async () => {
    folder.write('tsconfig.json', 'mine');

    expect((await katydid(['init', '--force'])).status).toBe(0);

    expect(readFileSync(join(folder.path, 'tsconfig.json'), 'utf8')).toContain('"strict": true');
  });

  it('says where it cannot write', async () => {
    folder.write('file');

    const { status, err } = await katydid(['init', 'file/below']);

    expect(status).toBe(2);
    expect(err).toContain(`cannot write to ${folder.path}/file/below`);
  });
});
