import { appendFileSync, readFileSync, statSync, truncateSync } from 'node:fs';
import { describe, expect, it, onTestFinished } from 'vitest';
import { VERSION } from '../../../../src/base/version.ts';
import { readCrashedRun } from '../../../../src/cli/session/resume-run.ts';
import { RunKeyFile } from '../../../../src/cli/session/run-key-file.ts';
import type { RunKey } from '../../../../src/protocol/files/run-key.ts';
import { RunDatabase } from '../../../../src/store/write/run-database.ts';
import { TempFolder } from '../../../support/temp-folder.ts';
import { interval, raw, runEnd, runInfo, worker } from '../../store/run-fixtures.ts';

const KEY: RunKey = {
  katydid: VERSION,
  runId: 'run-1',
  createdAtEpochMs: 1,
  seed: 7,
  token: 'a-secret-chosen-in-advance',
  certificate: null,
  port: 4321,
  folder: '/somewhere',
  script: 'AAAA',
  userClasses: [],
  declared: {},
  options: { users: 4, spawnRate: 2, csvPrefix: 'out', jsonFile: '-', port: 0 },
  http: { engine: 'auto', defaults: {}, options: {} },
  expectedWorkers: 2,
  maxWaitSeconds: null,
};

/** A run file without an end, in a folder of its own. */
function crashedRun(isEnded = false): string {
  const folder = new TempFolder();
  onTestFinished(() => folder[Symbol.dispose]());
  const path = folder.file('a.katydid');
  const database = new RunDatabase(path, runInfo());
  database.commit({
    intervals: [raw('w1', 1, interval(0)), raw('w1', 2, interval(1)), raw('w2', 1, interval(0), 3)],
    workers: [worker('w1', 'running'), worker('w2', 'running')],
    events: [
      { atMs: 1, kind: 'users-changed', data: { from: 4, to: 9 } },
      { atMs: 2, kind: 'users-changed', data: { from: 9, to: 6 } },
      { atMs: 3, kind: 'stopping', data: { reason: 'signal', users: 6 } },
    ],
  });
  if (isEnded) database.finish(runEnd());
  database.close();
  return path;
}

describe('readCrashedRun', () => {
  it('gives what the two files tell of the run', () => {
    const path = crashedRun();
    new RunKeyFile(path, KEY).add({ setup: { data: { a: 1 } } });
    // It was being written when the master ended.
    appendFileSync(`${path}.key`, '{"start":{"monoto');

    const { resumed, options, key } = readCrashedRun(path);

    expect(key.token).toBe(KEY.token);
    expect(options).toMatchObject({
      users: 6,
      spawnRate: 2,
      csvPrefix: '/somewhere/out',
      jsonFile: '-',
      port: 4321,
    });
    expect(resumed).toMatchObject({
      setupData: { a: 1 },
      hasOtherLoad: true,
      stopReason: 'signal',
      masterEpoch: 1,
      workers: [
        { workerId: 'w1', nodeId: 'node-w1', intervals: [{ epoch: 1, sequence: 2 }] },
        { workerId: 'w2', nodeId: 'node-w2', intervals: [{ epoch: 3, sequence: 1 }] },
      ],
    });
  });

  it('tells the start by the wall clock where the machine was started again', () => {
    const path = crashedRun();
    const start = { monotonicUs: 5, bootId: 'another', epochMs: Date.now() - 60_000 };
    new RunKeyFile(path, KEY).add({ start });

    const { startUs = 0 } = readCrashedRun(path).resumed;

    const sinceMs = Number(process.hrtime.bigint()) / 1e6 - startUs / 1000;
    expect(Math.abs(sinceMs - 60_000)).toBeLessThan(5000);
  });

  it.each([
    ['has ended', true, KEY, /the run has ended/],
    ['is another than that of the key', false, { ...KEY, runId: 'run-2' }, /key is of run run-2/],
    ['another version began', false, { ...KEY, katydid: '0.0.1' }, /katydid 0\.0\.1 began it/],
    ['has no key', false, undefined, /there is no .*a\.katydid\.key/],
  ] as const)('refuses a run that %s', (_, isEnded, key, message) => {
    const path = crashedRun(isEnded);
    if (key !== undefined) new RunKeyFile(path, key).add({});

    expect(() => readCrashedRun(path)).toThrow(
      expect.objectContaining({ code: 'KAT_RESUME', message: expect.stringMatching(message) }),
    );
  });

  it('takes the key of a run away that has ended, and of no other', () => {
    const path = crashedRun(true);
    new RunKeyFile(path, { ...KEY, runId: 'run-2' }).add({});
    expect(() => readCrashedRun(path)).toThrow(/has ended/);
    expect(statSync(`${path}.key`).size).toBeGreaterThan(0);

    new RunKeyFile(path, KEY).add({});
    expect(() => readCrashedRun(path)).toThrow(/has ended/);
    expect(statSync(`${path}.key`, { throwIfNoEntry: false })).toBeUndefined();
  });

  it('refuses a key that breaks off, and changes nothing', () => {
    const path = crashedRun();
    new RunKeyFile(path, KEY).add({ port: 1 });
    truncateSync(`${path}.key`, 200);
    const before = readFileSync(path);

    expect(() => readCrashedRun(path)).toThrow(/not JSON/);

    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe('RunKeyFile', () => {
  it('is for its owner alone, also when it is written again, and goes away', () => {
    const path = crashedRun();
    const file = new RunKeyFile(path, KEY);

    file.add({ port: 5557 });

    expect(statSync(`${path}.key`).mode & 0o777).toBe(0o600);
    file.remove();
    expect(statSync(`${path}.key`, { throwIfNoEntry: false })).toBeUndefined();
  });
});
