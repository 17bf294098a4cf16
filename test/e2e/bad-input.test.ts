import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { describe, expect } from 'vitest';
import { KatydidProcess, runKatydid } from '../support/katydid-process.ts';
import type { EndedProcess } from '../support/watched-process.ts';
import type { SummaryJson } from './support/katydid-run.ts';
import { truthTest as it, type TruthContext } from './support/truth-test.ts';

const FINE = `
  import { HttpUser, task } from 'katydid';
  export class Fine extends HttpUser {
    @task ask() { return this.client.get('/ok'); }
  }`;

/** Runs a load file with what is asked for; two seconds unless the arguments say otherwise. */
function run(
  { server, folder }: TruthContext,
  loadfile: string,
  args: readonly string[] = [],
): Promise<EndedProcess> {
  folder.write('loadfile.ts', loadfile);
  const all = ['run', '-w', '1', '-u', '2', '-t', '2s', '-H', server.url, ...args];
  return runKatydid(all, { cwd: folder.path });
}

/** One or a few lines that say what is wrong, no stack of katydid's own, and no request. */
function expectRefused(
  { server }: Pick<TruthContext, 'server'>,
  ended: EndedProcess,
  status: number,
): void {
  expect(ended.status, ended.stderr).toBe(status);
  expect(ended.stdout).toBe('');
  expect(ended.stderr).toMatch(/^katydid: /m);
  expect(ended.stderr).not.toMatch(/mistake in katydid|node:internal|\/src\/cli\//);
  expect(ended.stderr.split('\n').length).toBeLessThan(16);
  expect(server.total()).toBe(0);
}

describe.concurrent('a load file', () => {
  it('with a syntax error ends with 2 and shows file, line and a caret', async ({
    server,
    folder,
  }) => {
    const ended = await run({ server, folder }, `${FINE}\nexport const two = = 2;\n`);

    expectRefused({ server }, ended, 2);
    expect(ended.stderr).toMatch(/loadfile\.ts:6:20/);
    expect(ended.stderr).toContain('export const two = = 2;');
    expect(ended.stderr).toMatch(/\n[\s|│]*\^/);
    expect(existsSync(folder.file('runs'))).toBe(false);
  });

  it('without a user class ends with 2 that says so', async ({ server, folder }) => {
    const ended = await run({ server, folder }, 'export const nothing = 1;');

    expectRefused({ server }, ended, 2);
    expect(ended.stderr).toMatch(/user class|extends User|no class/i);
  });

  it('that throws while it loads ends with 2 and its own line', async ({ server, folder }) => {
    const ended = await run({ server, folder }, `${FINE}\nthrow new TypeError('no settings');`);

    expectRefused({ server }, ended, 2);
    expect(ended.stderr).toMatch(/no settings/);
    expect(ended.stderr).toMatch(/loadfile\.ts:6/);
  });

  it('that is not there ends with 2 and says what was looked for', async ({ server, folder }) => {
    const ended = await runKatydid(['run', '-H', server.url], { cwd: folder.path });

    expectRefused({ server }, ended, 2);
    expect(ended.stderr).toMatch(/loadfile\.ts.*loadfile\.js/s);
    expect(ended.stderr).toContain('katydid init');
  });
});

describe.concurrent('an option', () => {
  it.for([
    { args: ['-u', '0'], says: /-u|--users/ },
    { args: ['-u', '-3'], says: /-u|--users/ },
    { args: ['-r', '0'], says: /-r|--spawn-rate/ },
    { args: ['-t', 'abc'], says: /--run-time.*abc|abc.*run.?time/s },
    { args: ['-H', 'localhost:8000'], says: /http:\/\/localhost:8000/ },
    { args: ['--csv', 'missing/out'], says: /folder \S+missing does not exist/ },
    { args: ['--json', 'missing/out.json'], says: /folder \S+missing does not exist/ },
    { args: ['--out', 'missing/run.katydid'], says: /folder \S+missing does not exist/ },
    { args: ['--out', '/proc/run.katydid'], says: /folder \/proc cannot be written/ },
    { args: ['--uesrs', '3'], says: /--users/ },
  ])('$args ends with 2, before any request', async ({ args, says }, { server, folder }) => {
    const ended = await run({ server, folder }, FINE, args);

    expectRefused({ server }, ended, 2);
    expect(ended.stderr).toMatch(says);
    expect(readdirSync(folder.path)).toEqual(['loadfile.ts']);
  });

  it('in an environment variable with a misspelt name ends with 2 and names the right one', async ({
    server,
    folder,
  }) => {
    folder.write('loadfile.ts', FINE);
    const start = { cwd: folder.path, env: { KATYDID_USRES: '3' } };

    const ended = await runKatydid(['run', '-H', server.url], start);

    expectRefused({ server }, ended, 2);
    expect(ended.stderr).toContain('KATYDID_USERS');
  });
});

describe.concurrent('a port', () => {
  it('that is taken ends with 5 where it was asked for', async ({ server, folder }) => {
    const { port, listener } = await takePort();
    try {
      const asked = await run({ server, folder }, FINE, ['--port', String(port)]);

      expectRefused({ server }, asked, 5);
      expect(asked.stderr).toContain(`port ${port} on 127.0.0.1 is in use`);
    } finally {
      listener.close();
    }
  });

  it('that is the usual one and taken makes run take another and say which', async ({
    server,
    folder,
  }) => {
    const usual = await takePort(5557).catch(() => undefined);
    try {
      const ended = await run({ server, folder }, FINE, ['-t', '1s', '--progress', '0']);

      expect(ended.status, ended.stderr).toBe(0);
      expect(ended.stderr).toMatch(/port 5557 is in use, listening on \d+/);
      expect(server.total()).toBeGreaterThan(0);
    } finally {
      usual?.listener.close();
    }
  });
});

describe.concurrent('a full disk', () => {
  it('stops the run with what it has, says so, and leaves a run file that can be read', async ({
    server,
    folder,
  }) => {
    using disk = new SmallDisk(folder.folder('disk'));
    const loadfile = `
      import { HttpUser, task } from 'katydid';
      export class Many extends HttpUser {
        waitTime() { return 0.01; }
        @task ask() { return this.client.get('/ok', { name: \`/\${'n'.repeat(200)}\${Math.floor(this.random() * 900)}\` }); }
      }`;
    folder.write('loadfile.ts', loadfile);
    const args = ['-u', '20', '-r', '50', '-t', '100s', '--out', 'disk/run.katydid'];
    const all = ['run', '-w', '1', '-H', server.url, ...args, '--json', 'out.json'];
    using katydid = new KatydidProcess(all, { cwd: folder.path });
    await katydid.said(/all 20 users running/);

    disk.fill();
    const ended = await katydid.exit;

    const json: SummaryJson = JSON.parse(folder.read('out.json'));
    expect(json.run.stopReason).toBe('disk-full');
    expect(ended.stderr).toMatch(/disk|no space/i);
    await server.idle();
    const { ledger } = json;
    expect(ledger.sent).toBeGreaterThan(0);
    expect(ledger.sent).toBeLessThanOrEqual(server.total());
    // What could not be kept is not passed over in silence.
    if (ledger.sent < server.total()) expect(json.verdict.validity).not.toBe('valid');
    expect([0, 4]).toContain(ended.status);
    const again = await runKatydid(['report', 'disk/run.katydid', '--json', '-'], {
      cwd: folder.path,
    });
    expect(again.status).toBe(0);
    expect(again.stdout).toBe(folder.read('out.json'));
  });
});

/** A file system of 24 MB, to be filled; gone at the end. */
class SmallDisk {
  readonly #path: string;

  /** @throws {TypeError} Unless root runs the test: it must mount. */
  constructor(path: string) {
    if (process.getuid?.() !== 0) {
      throw new TypeError('the test of a full disk mounts a tmpfs: run it as root');
    }
    this.#path = path;
    mkdirSync(path, { recursive: true });
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', path]);
  }

  /** Leaves no byte free. */
  fill(): void {
    try {
      execFileSync('dd', ['if=/dev/zero', `of=${this.#path}/ballast`, 'bs=4096'], {
        stdio: 'ignore',
      });
    } catch {
      // It ends with «no space left», which is the aim.
    }
  }

  [Symbol.dispose](): void {
    execFileSync('umount', ['-l', this.#path]);
  }
}

/** Listens on a port, a free one unless one is named. Rejects where somebody else does. */
function takePort(wanted = 0): Promise<{ readonly port: number; readonly listener: Server }> {
  return new Promise((resolve, reject) => {
    const listener = createServer().once('error', reject);
    listener.listen(wanted, '127.0.0.1', () => {
      const address = listener.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      resolve({ port, listener });
    });
  });
}
