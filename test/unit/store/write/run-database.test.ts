import { copyFileSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openRunFile, readRunFile } from '../../../../src/store/read/run-reader.ts';
import { responseOf } from '../../../../src/store/record/name-figures.ts';
import { RunDatabase } from '../../../../src/store/write/run-database.ts';
import {
  interval,
  raw,
  runEnd,
  runInfo,
  smallRun,
  temporaryFolder,
  visible,
  worker,
} from '../run-fixtures.ts';

function writeSmallRun(path: string): void {
  const database = new RunDatabase(path, runInfo());
  database.commit({ intervals: smallRun(), workers: [worker('w1'), worker('w2')] });
  database.finish(runEnd());
  database.close();
}

describe('RunDatabase', () => {
  it('gives back every figure of 6 intervals on 2 workers exactly', () => {
    const path = join(temporaryFolder(), 'a.katydid');

    writeSmallRun(path);
    const record = readRunFile(path);

    expect(record.names.map(({ method, name }) => `${method} ${name}`)).toEqual([
      'GET /',
      'POST /cart',
      'GET =SUM(a,"b")',
    ]);
    const [front, cart] = record.names;
    expect(front).toMatchObject({ succeeded: 6, failed: 0, abandoned: 1, bytesReceived: 720 });
    expect(front?.service.sumUs).toBe(1000 + 2000 + 3000 + 1500 + 1200 + 1300 - 6 * 50);
    expect(cart).toMatchObject({ succeeded: 1, failed: 2, notSent: 1, contentBytes: 51 });
    expect([...(cart?.statuses ?? [])]).toEqual([
      [200, 1],
      [503, 2],
    ]);
    expect(record.ledger).toEqual({
      sent: 8 + 2 - 1 + 1 + 1,
      succeeded: 8,
      failed: 2,
      notSent: 1,
      abandoned: 1,
      redirected: 1,
      unknown: 0,
    });
    expect(
      record.seconds.map(({ users, requests, failures }) => [users, requests, failures]),
    ).toEqual([
      [2, 3, 0],
      [4, 5, 2],
      [4, 2, 0],
    ]);
    expect(
      record.workers.map(({ workerId, requests, usersPeak }) => [workerId, requests, usersPeak]),
    ).toEqual([
      ['w1', 8, 2],
      ['w2', 2, 2],
    ]);
    expect(record.errors).toEqual([
      {
        method: 'POST',
        name: '/cart',
        error: 'HTTP 503',
        occurrences: 2,
        firstUs: 1_250_000,
        lastUs: 1_750_000,
      },
    ]);
    expect(record.exceptions).toMatchObject([{ occurrences: 3, workers: ['w1', 'w2'] }]);
    expect(record.info).toEqual(runInfo());
    expect(record).toMatchObject({ ended: true, stopReason: 'run-time', durationSeconds: 3 });
  });

  it('leaves one file without a -wal, and deletes the payloads, on closing', () => {
    const path = join(temporaryFolder(), 'a.katydid');

    writeSmallRun(path);

    expect(existsSync(`${path}-wal`)).toBe(false);
    expect(existsSync(`${path}-reserve`)).toBe(false);
    using db = new DatabaseSync(path, { readOnly: true });
    expect(
      db.prepare('SELECT (SELECT count(*) FROM intervals) AS n, count(*) AS p FROM pending').get(),
    ).toEqual({ n: 6, p: 0 });
  });

  it('counts an interval that comes twice once, and says so', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo());
    const first = raw('w1', 1, interval(0, { names: [{ name: '/', succeededUs: [5] }] }));
    const nextLease = raw('w1', 1, interval(1, { names: [{ name: '/', succeededUs: [5] }] }), 2);

    database.commit({ intervals: [first] });
    const result = database.commit({ intervals: [first, nextLease, nextLease] });
    database.close();

    expect(result.duplicates).toEqual([
      { workerId: 'w1', epoch: 1, sequence: 1 },
      { workerId: 'w1', epoch: 2, sequence: 1 },
    ]);
    expect(readRunFile(path).total.succeeded).toBe(2);
  });

  it('reads the same from a file that is not folded yet, and changes neither it nor its -wal', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'live.katydid');
    const database = new RunDatabase(path, runInfo());
    database.commit({ intervals: smallRun(), workers: [worker('w1'), worker('w2')] });
    const before = [readFileSync(path), readFileSync(`${path}-wal`)];

    const live = readRunFile(path);
    const after = [readFileSync(path), readFileSync(`${path}-wal`)];
    database.finish(runEnd());
    database.close();
    const closed = readRunFile(path);

    expect(after).toEqual(before);
    expect(live.ended).toBe(false);
    expect(live.stopReason).toBe('crashed');
    expect(visible(live.names)).toEqual(visible(closed.names));
    expect(visible(live.seconds)).toEqual(visible(closed.seconds));
    expect(visible(live.workers)).toEqual(visible(closed.workers));
    expect(visible(live.errors)).toEqual(visible(closed.errors));
    expect(visible(live.exceptions)).toEqual(visible(closed.exceptions));
  });

  it('folds after 10 seconds of the run, and merges what comes late into what is folded', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo());
    for (let second = 0; second < 12; second += 1) {
      const names = [{ name: '/', succeededUs: [1000 + second] }];
      database.commit({ intervals: [raw('w1', second, interval(second, { names }))] });
      database.foldIfDue();
    }
    const names = [{ name: '/', succeededUs: [9000], failedUs: [8000] }];
    database.commit({ intervals: [raw('w2', 0, interval(3, { names }))] });
    database.finish(runEnd({ durationSeconds: 12 }));
    database.close();

    using file = openRunFile(path);
    const { record } = file;
    expect(record.total).toMatchObject({ succeeded: 13, failed: 1 });
    expect(record.seconds[3]).toMatchObject({ users: 4, requests: 3, failures: 1 });
    expect(file.secondNames(3).map((row) => responseOf(row).maxUs)).toEqual([9000]);
    expect(record.errors).toMatchObject([{ occurrences: 1 }]);
  });

  it('starts the statistics again with a phase, while ledger and seconds go on', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo());
    const request = (second: number) =>
      raw(
        'w1',
        second,
        interval(second, { names: [{ name: '/', succeededUs: [1], failedUs: [2] }] }),
      );

    database.commit({ intervals: [request(0), request(1)] });
    database.commit({ intervals: [], phases: [{ fromSecond: 2 }] });
    database.commit({ intervals: [request(2)] });
    database.finish(runEnd());
    database.close();

    const record = readRunFile(path);
    expect(record.measuredFromSecond).toBe(2);
    expect(record.total).toMatchObject({ succeeded: 1, failed: 1 });
    expect(record.errors).toMatchObject([{ occurrences: 1 }]);
    expect(record.ledger).toMatchObject({ sent: 6, succeeded: 3, failed: 3 });
    expect(record.seconds.map(({ requests }) => requests)).toEqual([2, 2, 2]);
  });

  it('moves a phase past the seconds that were counted before it', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo());
    database.commit({ intervals: [raw('w1', 1, interval(4))] });

    database.commit({ intervals: [], phases: [{ fromSecond: 3 }] });
    database.close();

    expect(readRunFile(path).measuredFromSecond).toBe(5);
  });

  it('counts as unknown what was in flight when a worker was last heard of', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo());
    const names = (inFlight: number) => [{ name: '/', succeededUs: [1], inFlight }];
    database.commit({
      workers: [worker('w1'), worker('w2', 'lost')],
      intervals: [
        raw('w1', 1, interval(0, { names: names(5) })),
        raw('w1', 2, interval(1, { names: names(0) })),
        raw('w2', 1, interval(0, { names: names(4) })),
        raw('w2', 2, interval(1, { names: names(3) })),
      ],
    });
    database.close();

    const record = readRunFile(path);
    expect(record.ledger).toMatchObject({ sent: 7, succeeded: 4, unknown: 3 });
    expect(record.total.unknown).toBe(3);
  });

  it('refuses bytes that are no interval, and keeps nothing of their batch', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo());
    const broken = { workerId: 'w1', epoch: 1, sequence: 2, payload: new Uint8Array([9, 9, 9]) };

    const commit = () => database.commit({ intervals: [raw('w1', 1, interval(0)), broken] });

    expect(commit).toThrow(expect.objectContaining({ code: 'KAT_PROTOCOL' }));
    database.close();
    expect(readRunFile(path).workers).toEqual([]);
  });

  it('counts once what came in a batch that was refused and then comes again', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo());
    const names = [{ name: '/', succeededUs: [5], inFlight: 1 }];
    const before = raw('w1', 1, interval(0, { names }));
    const good = raw('w1', 2, interval(1, { names }));
    const broken = { ...good, sequence: 3, payload: good.payload.subarray(0, 9) };
    database.commit({ intervals: [before] });

    expect(() => database.commit({ intervals: [good, broken] })).toThrow();
    database.commit({ intervals: [good] });
    database.close();

    const { ledger, seconds, total } = readRunFile(path);
    expect(ledger).toMatchObject({ succeeded: 2, unknown: 1 });
    expect(total.service.count).toBe(2);
    expect(seconds.map(({ requests }) => requests)).toEqual([1, 1]);
  });

  it('says that the disk is full, keeps what was committed, and can still be ended', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo(), { maxPages: 60 });
    const bulky = (second: number) =>
      raw(
        'w1',
        second,
        interval(second, {
          names: [{ name: '/', succeededUs: [second] }],
          exceptions: [{ message: 'x', traceback: 'y'.repeat(30_000), occurrences: 1 }],
        }),
      );
    let committed = 0;
    const fill = () => {
      for (; committed < 100; committed += 1) database.commit({ intervals: [bulky(committed)] });
    };

    expect(fill).toThrow(expect.objectContaining({ code: 'KAT_DISK_FULL' }));
    database.commit({ intervals: [bulky(committed)] });
    database.finish(runEnd({ stopReason: 'disk-full', durationSeconds: committed + 1 }));
    database.close();

    const record = readRunFile(path);
    expect(committed).toBeGreaterThan(1);
    expect(record.total.succeeded).toBe(committed + 1);
    expect(record.stopReason).toBe('disk-full');
  });

  it.each([
    ['an existing file', '', 'exists already'],
    ['a folder that is not there', 'no/such/folder/', 'it does not exist'],
  ])('refuses %s before anything else', (_, subfolder, reason) => {
    const folder = temporaryFolder();
    writeSmallRun(join(folder, 'a.katydid'));

    const open = () => new RunDatabase(join(folder, `${subfolder}a.katydid`), runInfo());

    expect(open).toThrow(expect.objectContaining({ code: 'KAT_OUTPUT' }));
    expect(open).toThrow(reason);
  });

  it('keeps log lines, events and what became known of the run', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo({ startedAtEpochMs: null }));
    const log = [{ atMs: 5, level: 'warn', workerId: 'w1', text: 'odd\nline' }] as const;
    const events = [{ atMs: -1.5, kind: 'worker-joined', data: { worker: 'w1' } }];

    database.commit({ intervals: [], log, events, info: { startedAtEpochMs: 12_345 } });
    database.close();

    const record = readRunFile(path);
    expect(record.log).toEqual(log);
    expect(record.events).toEqual(events);
    expect(record.info.startedAtEpochMs).toBe(12_345);
  });

  it('reads a copy made while the run went on without its -wal as a run of nothing', () => {
    const folder = temporaryFolder();
    const database = new RunDatabase(join(folder, 'a.katydid'), runInfo());
    database.commit({ intervals: smallRun() });

    copyFileSync(join(folder, 'a.katydid'), join(folder, 'copy.katydid'));
    database.close();

    expect(readRunFile(join(folder, 'copy.katydid'))).toMatchObject({
      ended: false,
      ledger: { sent: 0 },
    });
  });
});
