import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { KatydidProcess, runKatydid } from '../support/katydid-process.ts';
import type { TempFolder } from '../support/temp-folder.ts';
import { until } from '../support/until.ts';
import { expectTruth } from './support/expect-truth.ts';
import { Fleet, TOKEN } from './support/fleet.ts';
import { type FinishedRun, finishRun } from './support/katydid-run.ts';
import { truthTest as it } from './support/truth-test.ts';

/** Asks two paths, ten times a second for ever. */
const STEADY = `
  import { constantPacing, HttpUser, task } from 'katydid';
  export class Steady extends HttpUser {
    waitTime = constantPacing(0.1);
    @task(2) slow() { return this.client.get('/slow/20'); }
    @task fast() { return this.client.get('/status/200'); }
  }`;

/** How long a worker works on without its master, and how long it waits for it. */
const IMPATIENT = ['--orphan-timeout', '2', '--rejoin-timeout', '4'];

function salvageFiles(folder: TempFolder, name = '.'): readonly string[] {
  const path = folder.file(name);
  return readdirSync(path)
    .filter((file) => file.endsWith('.katydid-salvage'))
    .map((file) => join(path, file));
}

/** Makes all outputs anew. @returns What they say. */
async function report(folder: TempFolder, args: readonly string[]): Promise<FinishedRun> {
  const outputs = ['--csv', 'out', '--json', 'out.json'];
  using katydid = new KatydidProcess(['report', 'out.katydid', ...outputs, ...args], {
    cwd: folder.path,
  });
  return await finishRun(folder, katydid);
}

describe.concurrent('workers whose master was killed for good', () => {
  it('leave what they hold in files that make the ledger close', async ({ server, folder }) => {
    using fleet = new Fleet(folder, {
      loadfile: STEADY,
      args: ['-H', server.url, '-u', '10', '-r', '50', '-t', '10m'],
    });
    const token = ['--token', TOKEN];
    const workers = [
      await fleet.worker([...token, ...IMPATIENT]),
      await fleet.worker([...token, ...IMPATIENT]),
    ];
    await until('requests', () => server.total() > 200);

    fleet.master.signal('SIGKILL');
    const ends = await Promise.all(workers.map((worker) => worker.exit));

    expect(ends.map(({ status }) => status)).toEqual([5, 5]);
    const files = [...salvageFiles(folder, 'worker-1'), ...salvageFiles(folder, 'worker-2')];
    expect(files).toHaveLength(2);
    for (const [index, file] of files.entries()) {
      expect(ends[index]?.stderr).toContain(`katydid report <runfile> --merge ${file}`);
      expect(statSync(file).mode & 0o777).toBe(0o600);
    }
    const before = await report(folder, []);
    expect(before.json.ledger.sent).toBeLessThan(server.total());

    const merged = await report(folder, ['--merge', ...files]);

    expect(merged.status).toBe(0);
    await expectTruth(server, merged);
    expect(merged.json.ledger.unknown).toBe(0);
    expect(merged.json.run.stopReason).toBe('crashed');
    expect(merged.json.verdict.validity).toBe('suspect');

    const again = await report(folder, ['--merge', ...files]);
    expect(again.jsonText).toBe(merged.jsonText);
  });

  it('of another run are refused, with everything that comes with them', async ({
    server,
    folder,
  }) => {
    const args = ['-H', server.url, '-u', '4', '-r', '50', '-t', '10m'];
    using fleet = new Fleet(folder, { loadfile: STEADY, args, expectWorkers: 1 });
    const worker = await fleet.worker(['--token', TOKEN, ...IMPATIENT]);
    await until('requests', () => server.total() > 50);
    fleet.master.signal('SIGKILL');
    await worker.exit;
    const [file = ''] = salvageFiles(folder, 'worker-1');
    const other = ['run', `${server.url}/status/200`, '-n', '3', '-u', '1', '-w', '1'];
    const quiet = ['--port', '0', '--headless', '--out', 'other.katydid'];
    await runKatydid([...other, ...quiet], { cwd: folder.path });

    const refused = await runKatydid(['report', 'other.katydid', '--merge', file], {
      cwd: folder.path,
    });

    expect(refused.status).toBe(2);
    expect(refused.stderr).toMatch(/cannot merge .*: it is of run \S+, and \S+ of run \S+/);
    expect(refused.stdout).toBe('');
  });
});

describe.concurrent('local workers of a run that was killed', () => {
  it('end after --orphan-timeout, and leave what they hold', async ({ server, folder }) => {
    folder.write('loadfile.ts', STEADY);
    const load = ['-H', server.url, '-u', '4', '-r', '50', '-t', '10m', '--orphan-timeout', '2'];
    const quiet = ['-w', '2', '--port', '0', '--headless', '--out', 'out.katydid'];
    using run = new KatydidProcess(['run', 'loadfile.ts', ...load, ...quiet], {
      cwd: folder.path,
    });
    await until('requests', () => server.total() > 50);

    run.signal('SIGKILL');
    await until('their end', () => run.descendants().length === 0);

    const merged = await report(folder, ['--merge', ...salvageFiles(folder)]);
    expect(salvageFiles(folder)).toHaveLength(2);
    await expectTruth(server, merged);
    expect(merged.json.ledger.unknown).toBe(0);
  });
});

describe.concurrent('a worker that is ended by a second signal', () => {
  it('leaves what its master has not stored', async ({ server, folder }) => {
    const args = ['-H', server.url, '-u', '4', '-r', '50', '-t', '10m'];
    using fleet = new Fleet(folder, { loadfile: STEADY, args, expectWorkers: 1 });
    const worker = await fleet.worker();
    await until('requests', () => server.total() > 50);
    // The master is still there, but stores nothing more.
    fleet.master.signal('SIGSTOP');

    worker.signal('SIGTERM');
    worker.signal('SIGINT');
    expect((await worker.exit).status).toBe(130);
    fleet.master.signal('SIGKILL');
    await fleet.master.exit;

    const merged = await report(folder, ['--merge', ...salvageFiles(folder, 'worker-1')]);
    await expectTruth(server, merged);
  });
});
