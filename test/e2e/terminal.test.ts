import { describe, expect } from 'vitest';
import { builtKatydid } from '../support/katydid-process.ts';
import type { SummaryJson } from './support/katydid-run.ts';
import { TmuxTerminal } from './support/tmux-terminal.ts';
import { truthTest as it, type TruthContext } from './support/truth-test.ts';

/** Each user has its own path, so that the server can tell how many there are. */
const LOADFILE = `
  import { constantPacing, HttpUser, task } from 'katydid';
  export class Visitor extends HttpUser {
    waitTime = constantPacing(0.1);
    @task visit() { return this.client.get(\`/slow/20?user=\${this.index}\`, { name: '/slow/20' }); }
  }`;

/** Starts a run of 6 users in the terminal; `before` goes before its command line. */
function startRun(
  { server, folder }: TruthContext,
  terminal: TmuxTerminal,
  args: readonly string[],
  before = '',
): void {
  folder.write('loadfile.ts', LOADFILE);
  const all = [
    'run',
    'loadfile.ts',
    '-H',
    server.url,
    '-u',
    '6',
    '-r',
    '3',
    '-w',
    '2',
    '--port',
    '0',
  ];
  const outputs = ['--json', 'out.json', '--csv', 'out', '--out', 'out.katydid'];
  terminal.command([before, builtKatydid(), ...all, ...outputs, ...args].join(' ').trim());
}

/** Holds the outputs against the server's count. */
async function expectCounted({ server, folder }: TruthContext): Promise<SummaryJson> {
  const json: SummaryJson = JSON.parse(folder.read('out.json'));
  await server.idle();
  expect(json.ledger.sent).toBe(server.total());
  expect(json.ledger.sent).toBeGreaterThan(0);
  expect(json.ledger.unknown).toBe(0);
  expect(folder.read('out_stats.csv')).toContain(`,Aggregated,${json.total.requests},`);
  return json;
}

describe.concurrent('the terminal UI', () => {
  it('goes from RAMPING to STEADY to FINISHED, and gives the screen back by itself', async ({
    server,
    folder,
  }) => {
    using terminal = new TmuxTerminal(folder.path);
    startRun({ server, folder }, terminal, ['-t', '8s']);

    await terminal.shows(/RAMPING/);
    await terminal.shows(/STEADY/);
    await terminal.shows(/FINISHED/);
    const text = await terminal.prompts();

    expect(text).toMatch(/Ledger .*adds up/);
    expect(text).not.toContain('FINISHED');
    const json = await expectCounted({ server, folder });
    expect(json.run.stopReason).toBe('run-time');
  });

  it('adds users by w and W, removes one by s, and fits every size', async ({ server, folder }) => {
    using terminal = new TmuxTerminal(folder.path);
    startRun({ server, folder }, terminal, ['-t', '10m']);

    const steady = await terminal.shows(/STEADY[\s\S]* 6\/6 /);
    expect(steady).toContain('/slow/20');
    expect(steady).toMatch(/Workers 2\/2/);
    terminal.keys('w');
    await terminal.shows(/ 7\/7 /);
    terminal.keys('W');
    await terminal.shows(/ 17\/17 /);
    terminal.keys('s');
    await terminal.shows(/ 16\/16 /);
    terminal.resize(120, 40);
    expect(linesOf(await terminal.shows(/STEADY/), 40)).toBeLessThanOrEqual(40);
    terminal.resize(60, 15);
    await terminal.shows(/STEADY/);
    terminal.resize(80, 24);
    await terminal.shows(/STEADY/);
    terminal.keys('C-c');
    const text = await terminal.prompts();

    expect(text).toMatch(/Ledger .*adds up/);
    expect(text).toContain('Exit ');
    const json = await expectCounted({ server, folder });
    expect(Math.max(...json.timeline.map(({ users }) => users))).toBe(17);
    expect(json.timeline.slice(-4).map(({ users }) => users)).toContain(16);
  });

  it('on Ctrl-C stops gracefully, then leaves the summary in the scrollback and a shell that works', async ({
    server,
    folder,
  }) => {
    using terminal = new TmuxTerminal(folder.path);
    startRun({ server, folder }, terminal, ['-t', '10m']);
    await terminal.shows(/STEADY/);

    terminal.keys('C-c');
    const text = await terminal.prompts();

    expect(text).toMatch(/Ledger .*adds up/);
    const json = await expectCounted({ server, folder });
    expect(json.run.stopReason).toBe('signal');
    expect(json.ledger.abandoned).toBe(0);
    // Echo, cursor and line discipline are as before: what is typed is seen, and runs.
    terminal.command('echo "status $((20 + 22))"');
    expect(await terminal.shows(/status 42/)).toContain('echo "status $((20 + 22))"');
  });

  it('on q and y stops too', async ({ server, folder }) => {
    using terminal = new TmuxTerminal(folder.path);
    startRun({ server, folder }, terminal, ['-t', '10m']);
    await terminal.shows(/STEADY/);

    terminal.keys('q');
    await terminal.shows(/\by\b/);
    terminal.keys('y');
    const text = await terminal.prompts();

    expect(text).toMatch(/Ledger .*adds up/);
    const json = await expectCounted({ server, folder });
    expect(json.run.stopReason).toBe('control');
  });

  it('on SIGTERM stops as on Ctrl-C', async ({ server, folder }) => {
    using terminal = new TmuxTerminal(folder.path);
    startRun(
      { server, folder },
      terminal,
      ['-t', '10m'],
      'bash -c \'echo $$ > pid; exec "$@"\' --',
    );
    await terminal.shows(/STEADY/);

    process.kill(Number(folder.read('pid')), 'SIGTERM');
    await terminal.idle();

    const json = await expectCounted({ server, folder });
    expect(json.run.stopReason).toBe('signal');
    expect(json.ledger.abandoned).toBe(0);
  });

  it('killed at once lets the run end gracefully, with whole outputs', async ({
    server,
    folder,
  }) => {
    using terminal = new TmuxTerminal(folder.path);
    // A shell that tells its process id and becomes katydid.
    startRun(
      { server, folder },
      terminal,
      ['-t', '10m'],
      'bash -c \'echo $$ > pid; exec "$@"\' --',
    );
    await terminal.shows(/STEADY/);

    process.kill(Number(folder.read('pid')), 'SIGKILL');
    await terminal.idle();

    const json = await expectCounted({ server, folder });
    expect(json.run.stopReason).toBe('signal');
    expect(json.ledger.abandoned).toBe(0);
  });
});

/** Lines up to the last one that is not empty. */
function linesOf(screen: string, most: number): number {
  expect(screen.split('\n').length).toBeLessThanOrEqual(most + 1);
  return screen.trimEnd().split('\n').length;
}
