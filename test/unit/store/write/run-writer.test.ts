import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { readRunFile } from '../../../../src/store/read/run-reader.ts';
import { openRunWriter, type RunWriter } from '../../../../src/store/write/run-writer.ts';
import {
  interval,
  raw,
  runEnd,
  runInfo,
  STARTED_AT_EPOCH_MS,
  smallRun,
  temporaryFolder,
  worker,
} from '../run-fixtures.ts';

async function openWriter(path: string, ...rest: [object?]): Promise<RunWriter> {
  const writer = await openRunWriter(path, runInfo(), ...rest);
  onTestFinished(() => writer.terminate());
  return writer;
}

describe('RunWriter', () => {
  it('writes a run in its thread that the reader gives back', async () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const writer = await openWriter(path);

    const result = await writer.commit({ intervals: smallRun(), workers: [worker('w1')] });
    const again = await writer.commit({ intervals: smallRun().slice(0, 2) });
    await writer.finish(runEnd());
    await writer.close();

    expect(result.duplicates).toEqual([]);
    expect(again.duplicates).toHaveLength(2);
    expect(readRunFile(path)).toMatchObject({ ended: true, ledger: { sent: 11 } });
    expect(existsSync(`${path}-wal`)).toBe(false);
  });

  it('carries out calls in the order they were made, without waiting in between', async () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const writer = await openWriter(path);

    const commits = Array.from({ length: 25 }, (_, second) => {
      const names = [{ name: '/', succeededUs: [second] }];
      return writer.commit({ intervals: [raw('w1', second, interval(second, { names }))] });
    });
    await Promise.all([...commits, writer.finish(runEnd({ durationSeconds: 25 })), writer.close()]);

    expect(readRunFile(path).total.succeeded).toBe(25);
  });

  it('loses nothing that was committed when its process is killed', async () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const script = `
      const { openRunWriter } = await import(${JSON.stringify(url('src/store/write/run-writer.ts'))});
      const fixtures = ${JSON.stringify({ info: runInfo(), worker: worker('w1', 'running') })};
      const intervals = ${JSON.stringify(
        smallRun().map((entry) => ({ ...entry, payload: [...entry.payload] })),
      )}.map((entry) => ({ ...entry, payload: Uint8Array.from(entry.payload) }));
      const writer = await openRunWriter(${JSON.stringify(path)}, fixtures.info);
      for (const entry of intervals) await writer.commit({ intervals: [entry], workers: [fixtures.worker] });
      process.stdout.write('committed');
      setInterval(() => undefined, 1000);
    `;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    child.kill('SIGKILL');
    await once(child, 'exit');

    const record = readRunFile(path);

    expect(existsSync(`${path}-wal`)).toBe(true);
    expect(record).toMatchObject({ ended: false, stopReason: 'crashed', durationSeconds: 3 });
    expect(record.endedAtEpochMs).toBe(STARTED_AT_EPOCH_MS + 3000);
    expect(record.ledger).toMatchObject({ sent: 11, succeeded: 8, unknown: 0 });
  });

  it('refuses a folder that does not exist before the run, with its name', async () => {
    const folder = join(temporaryFolder(), 'missing');

    const opening = openRunWriter(join(folder, 'a.katydid'), runInfo());

    await expect(opening).rejects.toMatchObject({
      code: 'KAT_OUTPUT',
      message: `Cannot write the run file in the folder ${folder}: it does not exist`,
    });
  });

  it('rejects a commit with KAT_DISK_FULL where the disk is full, and then still ends properly', async () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const writer = await openWriter(path, { maxPages: 60 });
    const log = [{ atMs: 0, level: 'info', workerId: null, text: 'z'.repeat(400_000) }] as const;

    const full = writer.commit({ intervals: [], log });

    await expect(full).rejects.toMatchObject({ code: 'KAT_DISK_FULL' });
    await writer.commit({ intervals: smallRun() });
    await writer.finish(runEnd({ stopReason: 'disk-full' }));
    await writer.close();
    expect(readRunFile(path)).toMatchObject({ stopReason: 'disk-full', ledger: { sent: 11 } });
  });

  it('rejects calls after closing, and closing twice is fine', async () => {
    const writer = await openWriter(join(temporaryFolder(), 'a.katydid'));

    await writer.close();
    await writer.close();

    await expect(writer.commit({ intervals: [] })).rejects.toMatchObject({ code: 'KAT_STORE' });
  });

  it('appends a row of the history once an interval of two seconds later is committed', async () => {
    const folder = temporaryFolder();
    const writer = await openWriter(join(folder, 'a.katydid'));
    await writer.attachHistoryCsv(join(folder, 'out'), true);
    const lines = () =>
      readFileSync(join(folder, 'out_stats_history.csv'), 'utf8').split('\r\n').slice(1, -1);

    await writer.commit({ intervals: smallRun() });
    // The rows follow the answer, so only the next answer says that they are there.
    await writer.commit({ intervals: [] });
    const early = lines();
    await writer.commit({ intervals: [raw('w1', 4, interval(3))] });
    await writer.close();

    const timestamp = Math.floor(STARTED_AT_EPOCH_MS / 1000) + 1;
    expect(early).toEqual([
      `${timestamp},2,GET,/,3,0,2.004,2.004,3,3,3,3,3,3,3,3,3,3,0,2.004,2,1,3,17`,
      `${timestamp},2,,Aggregated,3,0,2.004,2.004,3,3,3,3,3,3,3,3,3,3,0,2.004,2,1,3,17`,
    ]);
    expect(lines()).toHaveLength(2 + 4);
    expect(lines()[4]).toContain(`${timestamp + 1},4,GET,"'=SUM(a,""b"")",1,0,0.7,`);
  });
});

function url(path: string): string {
  return new URL(`../../../../${path}`, import.meta.url).href;
}
