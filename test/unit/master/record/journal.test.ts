import { describe, expect, it } from 'vitest';
import { KatydidError, ProtocolError } from '../../../../src/base/errors.ts';
import type { ArrivedInterval } from '../../../../src/master/fleet/fleet-listener.ts';
import { Member } from '../../../../src/master/fleet/member.ts';
import {
  Journal,
  type RunStore,
  type StoredIntervals,
} from '../../../../src/master/record/journal.ts';
import { RunAggregate } from '../../../../src/stats/aggregate/run-aggregate.ts';
import { decodeInterval, encodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import type { RunBatch } from '../../../../src/store/record/run-record.ts';
import { interval, nameStats } from '../../stats/sample-intervals.ts';

const END = { endedAtEpochMs: 0, durationSeconds: 1, stopReason: 'signal' } as const;

describe('Journal', () => {
  it('stores what the script throws on the master within the limits of an interval', async () => {
    const { journal, batches } = journalOn(() => undefined);
    for (let at = 0; at < 5000; at += 1) {
      journal.exception(`${at} ${'宽'.repeat(20_000)}`, '宽'.repeat(100_000));
    }
    await journal.commit();
    const [stored] = batches.flatMap(({ intervals }) => intervals);
    const { exceptions } = decodeInterval(stored?.payload ?? new Uint8Array());
    expect(exceptions.reduce((sum, { occurrences }) => sum + occurrences, 0)).toBe(5000);
    expect(exceptions.length).toBeLessThanOrEqual(201);
  });

  it('refuses what is no interval of a run before it can reach the file', async () => {
    const { journal, batches } = journalOn(() => undefined);
    const nonsense = [new Uint8Array([9, 9]), encodeInterval(interval(2 ** 30))];
    for (const payload of nonsense) {
      expect(() => journal.interval(arrived('w1', payload), 0)).toThrow(ProtocolError);
    }
    await journal.commit();
    expect(batches).toEqual([]);
  });

  it('refuses a second that is more than a day ahead of the clock, day by day or at once', async () => {
    const { journal, batches } = journalOn(() => undefined);
    const payload = (second: number): Uint8Array => encodeInterval(interval(second));
    journal.interval(arrived('w1', payload(86_400)), 0);
    await journal.commit();
    for (const second of [86_401, 2 * 86_400]) {
      expect(() => journal.interval(arrived('w1', payload(second)), 0)).toThrow(ProtocolError);
    }
    journal.interval(arrived('w1', payload(86_401)), 1);
    await journal.commit();
    expect(batches.map(({ intervals }) => intervals.length)).toEqual([1, 1]);
  });

  it('stages intervals of one commit apart from those that come while it runs', async () => {
    const { journal, aggregate, stored } = journalOn(() => undefined);
    const payload = (second: number): Uint8Array =>
      encodeInterval(interval(second, { names: [nameStats('/', [1000])] }));
    journal.interval(arrived('w1', payload(1)), 0);
    journal.interval(arrived('w2', payload(0)), 0);
    const running = journal.commit();
    journal.interval(arrived('w1', payload(2)), 0);
    await running;

    expect(aggregate.ledger().succeeded).toBe(0);
    expect(stored.map(secondsOf)).toEqual([[0, 1]]);
    for (const second of [0, 1, 2])
      for (const { staged } of stored) aggregate.count(staged, second);
    expect(aggregate.ledger().succeeded).toBe(2);
    await journal.commit();
    expect(stored.map(secondsOf)).toEqual([[0, 1], [2]]);
  });

  it('records no end where the store failed: the file must not look whole', async () => {
    const { journal, ends, failures } = journalOn(() => new KatydidError('KAT_STORE', 'broken'));
    journal.event({ atMs: 0, kind: 'start', data: {} });
    await journal.finish(END);
    expect(failures).toEqual(['KAT_STORE']);
    expect(ends).toEqual([]);
  });

  it('records the end where the disk was full, and nothing that came after it fitted', async () => {
    const { journal, ends, failures } = journalOn(() => new KatydidError('KAT_DISK_FULL', 'full'));
    journal.event({ atMs: 0, kind: 'start', data: {} });
    await journal.finish(END);
    expect(failures).toEqual(['full', 'KAT_DISK_FULL']);
    expect(ends).toEqual([END]);
  });

  it('can store until a commit fails, or the disk is full though the reserve takes the rest', async () => {
    const full = new KatydidError('KAT_DISK_FULL', 'full');
    const ways: [boolean, KatydidError[]][] = [
      [true, []],
      [false, [full]],
      [false, [new KatydidError('KAT_STORE', 'broken')]],
    ];
    for (const [canStore, failures] of ways) {
      const { journal, batches } = journalOn(() => failures.shift());
      journal.event({ atMs: 0, kind: 'start', data: {} });
      await journal.commit();
      expect(journal.canStore).toBe(canStore);
      expect(batches.length).toBe(failures.length === 0 && !journal.hasFailed ? 1 : 0);
    }
  });
});

function journalOn(failureOf: () => KatydidError | undefined): {
  journal: Journal;
  batches: RunBatch[];
  ends: unknown[];
  failures: string[];
  aggregate: RunAggregate;
  stored: StoredIntervals[];
} {
  const batches: RunBatch[] = [];
  const ends: unknown[] = [];
  const failures: string[] = [];
  const stored: StoredIntervals[] = [];
  const aggregate = new RunAggregate();
  const store: RunStore = {
    commit: (batch) => {
      const failure = failureOf();
      if (failure !== undefined) return Promise.reject(failure);
      batches.push(batch);
      return Promise.resolve({ duplicates: [] });
    },
    finish: (end) => {
      ends.push(end);
      return Promise.resolve();
    },
  };
  const journal = new Journal(store, aggregate, {
    onStored: (intervals) => stored.push(intervals),
    onDiskFull: ({ message }) => failures.push(message),
    onFailed: ({ code }) => failures.push(code),
  });
  return { journal, batches, ends, failures, aggregate, stored };
}

function arrived(workerId: string, payload: Uint8Array): ArrivedInterval {
  const identity = { index: 0, nodeId: `node-${workerId}`, host: 'here', pid: 1, nowUs: 0 };
  return { member: new Member({ workerId, ...identity }), epoch: 1, sequence: 1, payload };
}

function secondsOf({ intervals }: StoredIntervals): number[] {
  return intervals.map(({ second }) => second);
}
