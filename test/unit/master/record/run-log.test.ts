import { describe, expect, it } from 'vitest';
import { RunLog } from '../../../../src/master/record/run-log.ts';
import type { RunObserver } from '../../../../src/master/record/run-observer.ts';
import { snapshotOf, updateOf } from '../../../support/snapshots.ts';

/** An observer that throws at everything. */
function broken(): RunObserver {
  const fail = (): never => {
    throw new Error('no room on the disk');
  };
  return { log: fail, event: fail, snapshot: fail, setUp: fail, starting: fail, ended: fail };
}

/** An observer that notes what it is told. */
function noting(notes: string[]): RunObserver {
  return {
    log: ({ at, level, workerId, text }) => void notes.push(`${at} ${level} ${workerId} ${text}`),
    event: (kind, data) => void notes.push(`${kind} ${JSON.stringify(data)}`),
    snapshot: ({ state }) => void notes.push(`snapshot ${state}`),
    setUp: (data) => void notes.push(`set up ${JSON.stringify(data)}`),
    starting: (startUs) => void notes.push(`starts at ${startUs}`),
    ended: ({ stopReason }) => void notes.push(`ended by ${stopReason}`),
  };
}

function setUp(...observers: readonly RunObserver[]): { log: RunLog; stored: string[] } {
  const stored: string[] = [];
  const log = new RunLog({
    journal: {
      event: ({ kind }) => void stored.push(`event ${kind}`),
      log: ({ text }) => void stored.push(`log ${text}`),
    },
    snapshots: { log: ({ text }) => void stored.push(`shown ${text}`) },
    time: { nowMs: 1500 },
    observers,
  });
  return { log, stored };
}

function tellAll(log: RunLog): void {
  log.line('info', 'spawning', 'w1');
  log.event('start', { users: 3 });
  log.snapshot(updateOf(snapshotOf()));
  log.setUp({ token: 1 });
  log.starting(77);
  log.ended({ stopReason: 'signal', isForced: false });
}

describe('RunLog', () => {
  it('tells every observer all that happens, in the order in which they were given', () => {
    const notes: string[] = [];
    const { log, stored } = setUp(noting(notes), {}, noting(notes));

    tellAll(log);

    const each = [
      '1500 info w1 spawning',
      'start {"users":3}',
      `snapshot ${snapshotOf().state}`,
      'set up {"token":1}',
      'starts at 77',
      'ended by signal',
    ];
    expect(notes).toEqual(each.flatMap((note) => [note, note]));
    expect(stored).toEqual(['log spawning', 'shown w1: spawning', 'event start']);
  });

  it('goes on where an observer throws, and logs the first failure of each alone', () => {
    const notes: string[] = [];
    const { log, stored } = setUp(broken(), noting(notes), broken());

    tellAll(log);
    tellAll(log);

    const failures = notes.filter((note) => note.includes('no room on the disk'));
    expect(failures).toEqual([
      '1500 error null an output of the run has failed: no room on the disk',
      '1500 error null an output of the run has failed: no room on the disk',
    ]);
    expect(notes).toHaveLength(12 + failures.length);
    expect(stored.filter((each) => each.includes('failed'))).toHaveLength(4);
  });
});
