import { describe, expect, it } from 'vitest';
import { KatydidError } from '../../../../src/base/errors.ts';
import { Journal, type RunStore } from '../../../../src/master/record/journal.ts';
import { decodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import type { RunBatch } from '../../../../src/store/record/run-record.ts';

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
});

function journalOn(failureOf: () => KatydidError | undefined): {
  journal: Journal;
  batches: RunBatch[];
  ends: unknown[];
  failures: string[];
} {
  const batches: RunBatch[] = [];
  const ends: unknown[] = [];
  const failures: string[] = [];
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
  const journal = new Journal(store, {
    onStored: () => undefined,
    onDiskFull: ({ message }) => failures.push(message),
    onFailed: ({ code }) => failures.push(code),
  });
  return { journal, batches, ends, failures };
}
