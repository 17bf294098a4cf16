import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { openRunFile, readRunFile } from '../../../../src/store/read/run-reader.ts';
import { RunDatabase } from '../../../../src/store/write/run-database.ts';
import { runEnd, runInfo, smallRun, temporaryFolder, worker } from '../run-fixtures.ts';

function writeRun(path: string): void {
  const database = new RunDatabase(path, runInfo());
  database.commit({ intervals: smallRun(), workers: [worker('w1'), worker('w2')] });
  database.finish(runEnd());
  database.close();
}

function change(path: string, sql: string): void {
  using db = new DatabaseSync(path);
  db.exec(sql);
}

/** Makes a file one of format 2, where `w1` had 2 exchanges of `GET /` in flight in its interval 3. */
const FORMAT_2_SQL = `
  DROP TABLE lease_names;
  DROP TABLE leases;
  CREATE TABLE worker_names (
    worker INTEGER NOT NULL, epoch INTEGER NOT NULL, name INTEGER NOT NULL, sequence INTEGER NOT NULL,
    in_flight INTEGER NOT NULL, succeeded INTEGER NOT NULL, failed INTEGER NOT NULL,
    not_sent INTEGER NOT NULL, abandoned INTEGER NOT NULL, redirected INTEGER NOT NULL,
    bytes_received INTEGER NOT NULL, content_bytes INTEGER NOT NULL, response BLOB NOT NULL
  ) STRICT;
  INSERT INTO worker_names
    SELECT workers.id, intervals.epoch, names.id, max(sequence), 2, 5, 0, 0, 0, 0, 600, 85, x'00'
    FROM workers JOIN intervals ON intervals.worker = workers.id, names
    WHERE worker_id = 'w1' AND name = '/';
  PRAGMA user_version = 2;
`;

describe('readRunFile', () => {
  it.each([
    ['an empty file', (path: string) => writeFileSync(path, '')],
    ['a text', (path: string) => writeFileSync(path, 'run,file\n'.repeat(1000))],
    ['a database of something else', (path: string) => change(path, 'CREATE TABLE a (b)')],
  ])('refuses %s as no run file', (_, make) => {
    const path = join(temporaryFolder(), 'a.katydid');
    make(path);

    expect(() => readRunFile(path)).toThrow(
      expect.objectContaining({
        code: 'KAT_RUN_FILE',
        message: `${path} is not a katydid run file`,
      }),
    );
  });

  it('says of a file that is not there where run files are', () => {
    const path = join(temporaryFolder(), 'a.katydid');

    expect(() => readRunFile(path)).toThrow(
      expect.objectContaining({
        code: 'KAT_RUN_FILE',
        message: `The run file ${path} does not exist`,
        hint: expect.stringContaining('runs/'),
      }),
    );
  });

  it('says that it cannot read a folder', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    mkdirSync(path);

    expect(() => readRunFile(path)).toThrow(
      expect.objectContaining({
        code: 'KAT_RUN_FILE',
        message: `Cannot read the run file ${path}: it is a folder`,
      }),
    );
  });

  it('refuses a newer format and says which version is needed', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    writeRun(path);
    change(path, 'PRAGMA user_version = 4');

    expect(() => readRunFile(path)).toThrow(
      `${path} was written by a newer katydid (format 4; this one reads up to 3)`,
    );
  });

  it('reads format 1, which has the users at the end of each second alone', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    writeRun(path);
    change(path, `ALTER TABLE second_workers DROP COLUMN users_peak; ${FORMAT_2_SQL}`);
    change(path, 'PRAGMA user_version = 1');

    const { seconds } = readRunFile(path);

    expect(seconds.map(({ users, usersPeak }) => [users, usersPeak])).toEqual([
      [2, 2],
      [4, 4],
      [4, 4],
    ]);
  });

  it('reads format 2, which has a row for each name of a worker', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    writeRun(path);
    const before = readRunFile(path);
    change(path, FORMAT_2_SQL);

    const { names, total, ledger } = readRunFile(path);

    expect(before.total.unknown).toBe(0);
    expect(names.map(({ method, name, unknown }) => [method, name, unknown])).toEqual([
      ['GET', '/', 2],
      ['POST', '/cart', 0],
      ['GET', '=SUM(a,"b")', 0],
    ]);
    expect(total.unknown).toBe(2);
    expect(ledger.sent).toBe(before.ledger.sent + 2);
  });

  it.each([
    ['a distribution that is none', "UPDATE phase_names SET lag = x'05ff'"],
    ['a name that is missing', 'DELETE FROM names'],
    ['a worker that is missing', 'DELETE FROM workers'],
    [
      'a second that no run gets to',
      'UPDATE second_names SET second = 99999999999 WHERE second = 2',
    ],
    ['an end that is none', `UPDATE run SET value = '{"durationSeconds":1e99}' WHERE key = 'end'`],
    ['a description that is none', `UPDATE run SET value = '[]' WHERE key = 'info'`],
    ['names of a lease that are none', "UPDATE lease_names SET names = x'05ff'"],
    ['a missing table', 'DROP TABLE errors'],
  ])('calls a file with %s damaged', (_, sql) => {
    const path = join(temporaryFolder(), 'a.katydid');
    writeRun(path);
    change(path, sql);

    expect(() => readRunFile(path)).toThrow(
      expect.objectContaining({
        code: 'KAT_RUN_FILE',
        message: expect.stringContaining('damaged'),
      }),
    );
  });

  it('calls a truncated file damaged, wherever it ends', () => {
    const folder = temporaryFolder();
    writeRun(join(folder, 'whole.katydid'));
    const whole = readFileSync(join(folder, 'whole.katydid'));
    const path = join(folder, 'cut.katydid');

    for (let share = 1; share < 20; share += 1) {
      writeFileSync(path, whole.subarray(0, Math.floor((whole.length * share) / 20)));
      expect(() => readRunFile(path)).toThrow(expect.objectContaining({ code: 'KAT_RUN_FILE' }));
    }
  });

  it('reads the commits before the point where a -wal is cut off', () => {
    const folder = temporaryFolder();
    const path = join(folder, 'live.katydid');
    const database = new RunDatabase(path, runInfo());
    for (const entry of smallRun()) database.commit({ intervals: [entry] });
    const file = readFileSync(path);
    const wal = readFileSync(`${path}-wal`);
    database.close();
    const cut = join(folder, 'cut.katydid');
    writeFileSync(cut, file);

    const succeeded = [0, 0.3, 0.6, 0.9, 1].map((share) => {
      writeFileSync(`${cut}-wal`, wal.subarray(0, Math.floor(wal.length * share)));
      return readRunFile(cut).ledger.succeeded;
    });

    expect(succeeded).toEqual(succeeded.toSorted((a, b) => a - b));
    expect(succeeded.at(0)).toBe(0);
    expect(succeeded.at(-1)).toBe(8);
  });

  it('shows the run as it was when it was opened while the writer goes on', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    const database = new RunDatabase(path, runInfo());
    const intervals = smallRun();
    database.commit({ intervals: intervals.slice(0, 2) });

    using file = openRunFile(path);
    database.commit({ intervals: intervals.slice(2) });

    expect(file.record.ledger.succeeded).toBe(3);
    expect(file.secondNames(1)).toEqual([]);
    database.close();
  });
});
