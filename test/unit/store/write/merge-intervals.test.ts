import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { describe, expect, it } from 'vitest';
import { readRunFile } from '../../../../src/store/read/run-reader.ts';
import { type MergeSource, mergeIntervals } from '../../../../src/store/write/merge-intervals.ts';
import { RunDatabase } from '../../../../src/store/write/run-database.ts';
import { interval, raw, runEnd, runInfo, temporaryFolder, worker } from '../run-fixtures.ts';

/** Four requests answered in second 0, three on the wire at its end. */
const DELIVERED = raw(
  'w1',
  1,
  interval(0, { names: [{ name: '/', succeededUs: [1, 2, 3, 4], inFlight: 3 }] }),
);
/** Two of them answered in second 1, one cut. */
const HELD = raw(
  'w1',
  2,
  interval(1, { users: 0, names: [{ name: '/', succeededUs: [5, 6], abandoned: 1 }] }),
);

/** A run that lost its only worker. */
function writeRun(isEnded: boolean): string {
  const path = join(temporaryFolder(), 'a.katydid');
  const database = new RunDatabase(path, runInfo());
  database.commit({ intervals: [DELIVERED], workers: [worker('w1', 'lost')] });
  if (isEnded) database.finish(runEnd({ durationSeconds: 1, stopReason: 'lost-workers' }));
  database.close();
  return path;
}

function source(changes: Partial<MergeSource> = {}): MergeSource {
  const { epoch, sequence, payload } = HELD;
  return {
    path: 'w1.katydid-salvage',
    runId: 'run-1',
    workerId: 'w1',
    nodeId: 'node-w1',
    intervals: [{ epoch, sequence, payload }],
    isWhole: true,
    ...changes,
  };
}

describe('mergeIntervals', () => {
  it.each([true, false])('closes the ledger of a run (ended: %s)', (isEnded) => {
    const path = writeRun(isEnded);
    expect(readRunFile(path).ledger).toMatchObject({ sent: 7, succeeded: 4, unknown: 3 });

    expect(mergeIntervals(path, [source()])).toEqual({ added: 1, known: 0 });

    const record = readRunFile(path);
    expect(record.ledger).toMatchObject({ sent: 7, succeeded: 6, abandoned: 1, unknown: 0 });
    expect(record.seconds.map(({ requests }) => requests)).toEqual([4, 2]);
    expect(record).toMatchObject({
      ended: isEnded,
      stopReason: isEnded ? 'lost-workers' : 'crashed',
    });
  });

  it('changes nothing when it is done again', () => {
    const path = writeRun(true);
    mergeIntervals(path, [source()]);
    const first = readRunFile(path);

    expect(mergeIntervals(path, [source(), source()])).toEqual({ added: 0, known: 2 });

    expect(readRunFile(path)).toEqual(first);
  });

  it.each([
    [true, 0],
    [false, 40],
  ])('leaves nothing to guess where all that a worker held is there (%s)', (isWhole, most) => {
    const path = writeRun(true);
    const before = new RunDatabase(path, undefined);
    before.commit({ intervals: [], leaseEnds: [{ workerId: 'w1', epoch: 1, atMostMore: 40 }] });
    before.close();
    expect(readRunFile(path).workers).toMatchObject([{ unknown: 3, unknownMost: 43 }]);

    mergeIntervals(path, [source({ isWhole })]);

    expect(readRunFile(path).workers).toMatchObject([{ unknown: 0, unknownMost: most }]);
  });

  it('says that the run lasted as long as users ran that nobody knew of', () => {
    const path = writeRun(true);
    const late = raw('w1', 3, interval(8));

    mergeIntervals(path, [source({ intervals: [late] })]);

    expect(readRunFile(path).durationSeconds).toBe(9);
  });

  it.each([
    ['another run', { runId: 'run-2' }, /of run run-2/],
    ['a worker that nobody knows', { workerId: 'w9' }, /knows no worker w9/],
    ['another process of that name', { nodeId: 'node-xx' }, /with the id node-xx/],
    [
      'nonsense',
      { intervals: [{ epoch: 1, sequence: 2, payload: Uint8Array.of(77) }] },
      /no interval/,
    ],
  ])('refuses what is of %s, and all that comes with it', (_, changes, message) => {
    const path = writeRun(true);
    const before = readRunFile(path);

    expect(() => mergeIntervals(path, [source(), source(changes)])).toThrow(message);

    expect(readRunFile(path)).toEqual(before);
  });

  it('refuses a file that another process is writing, and leaves it alone', () => {
    const path = writeRun(false);
    const db = new DatabaseSync(path);
    // The parent of this process runs for certain.
    const owner = { pid: process.ppid, startedAt: null, bootId: null };
    db.prepare("INSERT INTO run VALUES ('owner', ?)").run(JSON.stringify(owner));
    db.close();
    const before = readFileSync(path);

    expect(() => mergeIntervals(path, [source()])).toThrow(/being written by process/);

    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it('takes over a file whose writer was another start of the machine', () => {
    const path = writeRun(false);
    const db = new DatabaseSync(path);
    const owner = { pid: process.ppid, startedAt: '1', bootId: 'another' };
    db.prepare("INSERT INTO run VALUES ('owner', ?)").run(JSON.stringify(owner));
    db.close();

    expect(mergeIntervals(path, [source()])).toEqual({ added: 1, known: 0 });
  });

  it('refuses what is no run file, and leaves it as it is', () => {
    const path = join(temporaryFolder(), 'a.katydid');
    writeFileSync(path, 'something of somebody');

    expect(() => mergeIntervals(path, [source()])).toThrow(/not a katydid run file/);

    expect(readFileSync(path, 'utf8')).toBe('something of somebody');
  });
});
