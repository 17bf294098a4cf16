import { execFileSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect } from 'vitest';
import { KatydidProcess } from '../support/katydid-process.ts';
import type { TempFolder } from '../support/temp-folder.ts';
import type { TruthServer } from '../support/truth-server.ts';
import { until } from '../support/until.ts';
import type { EndedProcess } from '../support/watched-process.ts';
import { expectOutputsAgree } from './support/expect-truth.ts';
import { finishRun, type SummaryJson, startRun } from './support/katydid-run.ts';
import { onTheWire } from './support/summarized-run.ts';
import { truthTest as it } from './support/truth-test.ts';

/** Each user keeps a connection, and asks again and again. */
const KEEPS_A_CONNECTION = `
  import { constant, HttpUser, task } from 'katydid';
  export class Keeper extends HttpUser {
    waitTime = constant(0.05);
    @task ok() {
      // More than the rest of a page, where a file that has begun one goes on for a while.
      if (this.iteration % 10 === 0) console.log('~'.repeat(1000));
      return this.client.get('/ok');
    }
  }`;

function openFiles(limit: number): readonly string[] {
  return ['prlimit', `--nofile=${limit}:${limit}`];
}

/** A network of its own with 50 ports to connect from, in which the target runs too, on port 8000. */
const FIFTY_PORTS: readonly string[] = [
  ...['unshare', '--net', 'sh', '-c'],
  `ip link set lo up && echo '40000 40049' > /proc/sys/net/ipv4/ip_local_port_range &&
   { "$1" "$2" target --port 8000 > /dev/null 2>&1 & exec "$@"; }`,
  'sh',
];

describe('with 50 ports', () => {
  it('says before the run how many addresses 100 users need, and counts those beyond', async ({
    folder,
  }) => {
    const loadfile = `
      import { constant, HttpUser, task } from 'katydid';
      async function count() {
        const truth = await (await fetch('http://127.0.0.1:8000/__truth')).json();
        return truth.paths['/hello']?.requests ?? 0;
      }
      export async function setup() {
        for (let at = 0; at < 200; at += 1) {
          try { return await count(); } catch { await new Promise((done) => setTimeout(done, 100)); }
        }
      }
      export async function teardown() { console.log('target counted ' + await count()); }
      export class Keeper extends HttpUser {
        waitTime = constant(0.1);
        @task hello() { return this.client.get('/hello'); }
      }`;
    const args = ['-H', 'http://127.0.0.1:8000', '-u', '100', '-r', '200', '-t', '2s'];

    using katydid = startRun(folder, { loadfile, args, via: FIFTY_PORTS });
    const run = await finishRun(folder, katydid);

    const [before = ''] = run.stderr.split(' info spawning ');
    expect(before).toMatch(/100 users .* one address has 50 .* EADDRNOTAVAIL; give 2 addresses/);
    expect(run.json.errors.map(({ error }) => error)).toEqual(['EADDRNOTAVAIL']);
    const counted = Number(/target counted (\d+)/.exec(run.stderr)?.[1]);
    expect(run.json.requests.map(onTheWire)).toEqual([counted]);
    expect(run.json.ledger.notSent).toBe(run.json.errors[0]?.occurrences);
    expect(run.json.verdict.reasons.map(({ code }) => code)).toContain('generator-resources');
    expectOutputsAgree(run);
  });
});

describe('with 96 open files', () => {
  it('says before the run that 200 users are too many, and counts those beyond as EMFILE', async ({
    server,
    folder,
  }) => {
    const args = ['-H', server.url, '-u', '200', '-r', '400', '-t', '2s'];

    using katydid = startRun(folder, { loadfile: KEEPS_A_CONNECTION, args, via: openFiles(96) });
    const run = await finishRun(folder, katydid);

    const warning = /\[w1\] 100 users here need a connection each, .* EMFILE; raise the limit/;
    const [before = ''] = run.stderr.split(' info spawning ');
    expect(before).toMatch(warning);
    const [row] = run.json.requests;
    expect(row?.notSent).toBeGreaterThan(0);
    expect(run.json.errors.map(({ error }) => error)).toEqual(['EMFILE']);
    expect(run.json.errors[0]?.occurrences).toBe(row?.notSent);
    await server.idle();
    expect(run.json.requests.map(onTheWire)).toEqual([server.total()]);
    expect(run.json.verdict.reasons.map(({ code }) => code)).toContain('generator-resources');
    // Every second was reported, and not all of it at the end.
    expect(run.json.timeline[0]?.users).toBeGreaterThan(0);
    expect(run.json.exceptions).toEqual([]);
    expectOutputsAgree(run);
  });
});

describe('with 40 open files', () => {
  it('does not begin, and says how many a run needs', async ({ folder }) => {
    using katydid = startRun(folder, {
      loadfile: KEEPS_A_CONNECTION,
      args: ['-H', 'http://127.0.0.1:1', '-u', '1'],
      via: openFiles(40),
    });
    const { status, stderr } = await katydid.exit;
    expect(stderr).toContain('may have 40 files open, a run needs 64');
    expect(status).toBe(5);
  });
});

describe('on a disk that fills up', () => {
  it('stops, keeps what it measured, and writes all outputs that fit', async ({
    server,
    folder,
  }) => {
    using disk = new SmallDisk(folder, '12m');
    const run = await runOn(folder, server.url, (katydid) => disk.fill(katydid, server), [
      ...['--out', 'disk/out.katydid', '--csv', 'disk/out', '--json', 'disk/out.json'],
      ...['--logfile', 'disk/log'],
    ]);

    const json: SummaryJson = JSON.parse(folder.read('disk/out.json'));
    expect(json.run.stopReason).toBe('disk-full');
    expect(json.verdict.reasons.map(({ code }) => code)).toContain('disk-full');
    await server.idle();
    expect(json.requests.map(onTheWire)).toEqual([server.total()]);
    expect(run.status, run.stderr).toBe(0);
    expect(disk.files()).toEqual([
      'log',
      'out.json',
      'out.katydid',
      'out_exceptions.csv',
      'out_failures.csv',
      'out_stats.csv',
      'out_stats_history.csv',
    ]);
  });

  it('does not begin where there is no room for a run file', async ({ server, folder }) => {
    using disk = new SmallDisk(folder, '2m');
    const run = await runOn(folder, server.url, () => undefined, ['--out', 'disk/out.katydid']);
    expect(run.stderr).toContain(': the disk is full\n  Make room, or name another folder');
    expect(run.status).toBe(2);
    expect(disk.files()).toEqual([]);
    expect(server.total()).toBe(0);
  });

  it('shows the summary and ends with 5 where CSV and JSON have no room, none of them half-written', async ({
    server,
    folder,
  }) => {
    using disk = new SmallDisk(folder, '1m');
    const run = await runOn(folder, server.url, (katydid) => disk.fill(katydid, server), [
      ...['--out', 'out.katydid', '--csv', 'disk/out', '--json', 'disk/out.json'],
    ]);

    expect(run.stdout).toContain('adds up');
    expect(run.stdout).toContain('Exit         5 (an output could not be written)');
    expect(run.stderr).toContain('ENOSPC');
    expect(run.stderr).toContain('katydid report makes it again from the run file.');
    expect(run.status).toBe(5);
    // Rows that had room while the run went on, all of them whole.
    expect(disk.files()).toEqual(['out_stats_history.csv']);
    expect(folder.read('disk/out_stats_history.csv')).toMatch(/\r\n$/);
    using report = new KatydidProcess(['report', 'out.katydid', '--json', 'again.json'], {
      cwd: folder.path,
    });
    expect((await report.exit).status).toBe(0);
    const json: SummaryJson = JSON.parse(folder.read('again.json'));
    await server.idle();
    expect(json.requests.map(onTheWire)).toEqual([server.total()]);
  });

  it('goes on with its log on standard error where the log file has no room', async ({
    server,
    folder,
  }) => {
    using disk = new SmallDisk(folder, '1m');
    const run = await runOn(folder, server.url, (katydid) => disk.fill(katydid, server), [
      ...['--out', 'out.katydid', '--logfile', 'disk/log'],
    ]);
    expect(run.stderr).toContain('katydid: cannot write the log to disk/log: ENOSPC');
    expect(run.stderr).toMatch(/info stopping \(run-time\)/);
    expect(run.status, run.stderr).toBe(0);
  });
});

/** A file system of its own, small and in memory, in a folder of the test: needs root, as CI is. */
class SmallDisk {
  readonly #path: string;

  constructor(folder: TempFolder, size: string) {
    this.#path = folder.folder('disk');
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', this.#path]);
  }

  /** Fills it to the last byte once the run has begun and measured a little. */
  async fill(katydid: KatydidProcess, server: TruthServer): Promise<void> {
    await until('the users send requests', () => server.total() > 0, { of: katydid });
    await sleep(1000);
    const filler = `${this.#path}/filler`;
    // Pages are given whole, so that nothing is left where no whole page is.
    for (let bytes = 64 * 1024; bytes >= 4096; bytes /= 2) this.#append(filler, bytes);
  }

  /** What is in it, without what it was filled with. */
  files(): readonly string[] {
    return readdirSync(this.#path)
      .filter((name) => name !== 'filler')
      .sort();
  }

  [Symbol.dispose](): void {
    // By its path alone: a process that was just killed may still have a file open there.
    execFileSync('umount', ['--lazy', this.#path]);
  }

  #append(path: string, bytes: number): void {
    const piece = Buffer.alloc(bytes);
    try {
      for (;;) writeFileSync(path, piece, { flag: 'a' });
    } catch {
      // Full.
    }
  }
}

async function runOn(
  folder: TempFolder,
  url: string,
  meanwhile: (katydid: KatydidProcess) => unknown,
  outputs: readonly string[],
): Promise<EndedProcess> {
  folder.write('loadfile.ts', KEEPS_A_CONNECTION);
  const load = ['-H', url, '-u', '10', '-r', '100', '-t', '5s', '-w', '2', '--port', '0'];
  const args = ['run', 'loadfile.ts', '--headless', '--progress', '0', ...load, ...outputs];
  using katydid = new KatydidProcess(args, { cwd: folder.path });
  const ended = katydid.exit;
  await Promise.race([meanwhile(katydid), ended]);
  return await ended;
}
