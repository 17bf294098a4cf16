import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KatydidProcess, runKatydid } from '../support/katydid-process.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { ALL_OUTPUTS, expectStatus, runToEnd, type SummaryJson } from './support/katydid-run.ts';

let folder: TempFolder;
beforeEach(() => {
  folder = new TempFolder();
});
afterEach(() => folder[Symbol.dispose]());

const IMPORTS = `import { readFileSync } from 'node:fs';
import { constant, defineOptions, environment, events, LoadShape, StopUser, task, User } from 'katydid';
const fire = (name: string) => events.request.fire({ requestType: 'T', name, responseTime: 1 });
`;

describe('data and options of a load file', () => {
  it('reach workers that were started in empty folders, and secrets reach no file', async () => {
    folder.write('load/users.csv', 'ada\nbob\n');
    folder.write('load/lib/note.txt', 'hello');
    folder.write('load/data.json', '{"city":"Oslo"}');
    folder.write(
      'load/loadfile.ts',
      `${IMPORTS}
      import note from './lib/note.txt';
      import data from './data.json';
      export const options = defineOptions({
        region: { choices: ['eu', 'us'], default: 'eu' },
        apiKey: { secret: true },
      });
      const users = readFileSync(new URL('./users.csv', import.meta.url), 'utf8').trim().split('\\n');
      export class Reader extends User {
        @task one() {
          const key = ['hush', 'hush'].join('-');
          const isRight = options.apiKey === key && environment.options.apiKey === key;
          fire([users[this.index % 2], note, data.city, options.region, process.env.WHERE, isRight].join(' '));
          throw new StopUser();
        }
      }`,
    );
    const master = new KatydidProcess(
      [
        ...['master', 'loadfile.ts', '--bind', '127.0.0.1', '--port', '0', '--expect-workers', '2'],
        ...['-u', '4', '-r', '100', '-t', '30s', '-e', 'WHERE=here', ...ALL_OUTPUTS],
        ...['--region', 'us', '--api-key', 'hush-hush'],
      ],
      { cwd: join(folder.path, 'load') },
    );
    using _master = master;
    const [, url = ''] = await master.said(/katydid worker (ws:\S+) --token \S+/);
    const [, token = ''] = await master.said(/--token (\S+)/);
    const workers = ['one', 'two'].map((name) =>
      runKatydid(['worker', url, '--token', token], { cwd: folder.folder(name) }),
    );

    const { stderr } = await master.exit;
    const ends = await Promise.all(workers);

    const json: SummaryJson = JSON.parse(folder.read('load/out.json'));
    expect(
      json.requests.map(({ name, requests }) => [name, requests]),
      stderr,
    ).toEqual([
      ['ada hello Oslo us here true', 2],
      ['bob hello Oslo us here true', 2],
    ]);
    expect(ends.map(({ status }) => status)).toEqual([0, 0]);
    expect(readdirSync(folder.file('one'))).toEqual([]);
    expect(stderr).not.toContain('hush-hush');
    for (const name of readdirSync(folder.file('load'), { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      expect(readFileSync(join(name.parentPath, name.name), 'latin1')).not.toContain('hush-hush');
    }
  });

  it('are refused before anything starts where a file is missing or a choice unknown', async () => {
    folder.write('missing.ts', `${IMPORTS}\nnew URL('./none.csv', import.meta.url);`);
    folder.write(
      'choice.ts',
      `${IMPORTS}\nexport const o = defineOptions({ region: { choices: ['eu'] } });
       export class A extends User { @task a() {} }`,
    );
    const start = { cwd: folder.path };

    const missing = await runKatydid(['run', 'missing.ts', '--headless'], start);
    const choice = await runKatydid(['run', 'choice.ts', '--headless', '--region', 'mars'], start);

    expect([missing.status, choice.status]).toEqual([2, 2]);
    expect(missing.stderr).toContain('missing.ts:5:1: the data file ./none.csv is missing');
    expect(choice.stderr).toContain('--region: got "mars", wanted one of "eu"');
    expect(folder.has('runs')).toBe(false);
  });
});

const SHAPED = `${IMPORTS}
export class A extends User { waitTime = constant(0.1); @task a() { fire('A'); } }
export class B extends User { waitTime = constant(0.1); @task a() { fire('B'); } }
`;

describe('a load shape', () => {
  it('decides how many users of which classes there are, second by second, and when it ends', async () => {
    const loadfile = `${SHAPED}
      export class Steps extends LoadShape {
        tick() {
          const seconds = this.getRunTime();
          if (seconds < 2) return [4, 100, [A]] as const;
          if (seconds < 4) return { users: 8, spawnRate: 100, userClasses: [B] };
          if (seconds < 6) return [2, 100] as const;
          return null;
        }
      }`;

    const result = await runToEnd(folder, { loadfile, args: ['-u', '50', '-r', '1', '-t', '1s'] });

    const { json, stderr } = result;
    expect(json.run, stderr).toMatchObject({ stopReason: 'shape', users: 8 });
    expect(json.timeline.slice(0, 5).map(({ users }) => users)).toEqual([4, 4, 8, 8, 2]);
    const [a, b] = json.requests;
    expect(a?.name).toBe('A');
    // 4 users of A for 4 s and 2 for 2 s more; 4 of B for 2 s; ten tasks a second each.
    expect((a?.requests ?? 0) / (b?.requests ?? 1)).toBeGreaterThan(1.8);
    expect(stderr).toContain('the load shape Steps decides how many users there are');
    expectStatus(result, 0);
  });

  it('is planned ahead by `katydid plan` where it asks for the time alone', async () => {
    folder.write(
      'pure.ts',
      `${SHAPED}export class S extends LoadShape { tick() { return this.getRunTime() < 2 ? [3, 2] as const : null; } }`,
    );
    folder.write(
      'live.ts',
      `${SHAPED}export class S extends LoadShape { tick() { return [this.getCurrentUserCount() + 1, 2] as const; } }`,
    );

    const pure = await runKatydid(['plan', 'pure.ts', '-w', '1', '--json'], { cwd: folder.path });
    const live = await runKatydid(['plan', 'live.ts', '-w', '1'], { cwd: folder.path });

    const plan: { readonly starts: readonly { readonly at: number }[] } = JSON.parse(pure.stdout);
    expect(plan.starts.map(({ at }) => at)).toEqual([0, 0.5, 1]);
    expect(live.status).toBe(2);
    expect(live.stderr).toContain('the shape S decides during the run, so there is no plan');
  });

  it('that fails ends the run with file and line, and exit 2', async () => {
    const loadfile = `${SHAPED}export class S extends LoadShape {
  tick() {
    if (this.getRunTime() > 0.5) throw new Error('no more ideas');
    return [2, 10] as const;
  }
}`;

    const { status, stderr, json } = await runToEnd(folder, { loadfile, args: [] });

    expect(status).toBe(2);
    expect(stderr).toMatch(/loadfile\.ts:\d+:40: S\.tick\(\): Error: no more ideas/);
    expect(json.ledger.sent).toBeGreaterThan(0);
  });
});
