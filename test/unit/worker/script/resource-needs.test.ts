import { describe, expect, it } from 'vitest';
import {
  BYTES_PER_USER,
  maxSocketsOf,
  type ResourceNeeds,
  resourceWarnings,
  SPARE_FILES,
} from '../../../../src/worker/script/resource-needs.ts';

const PLENTY: ResourceNeeds = {
  users: 1000,
  usersOfMachine: 2000,
  localAddresses: 1,
  maxSockets: 1000,
  ports: 28_232,
  memoryBytes: 1000 * BYTES_PER_USER,
};

describe('resourceWarnings', () => {
  it('has none where everything is just enough, or not known', () => {
    expect(resourceWarnings(PLENTY)).toEqual([]);
    const unknown = { ...PLENTY, users: 1e6, memoryBytes: Number.POSITIVE_INFINITY };
    expect(resourceWarnings({ ...unknown, maxSockets: undefined, ports: undefined })).toEqual([]);
  });

  it('says that one user more than sockets will fail with EMFILE', () => {
    expect(resourceWarnings({ ...PLENTY, maxSockets: 999 })).toEqual([
      expect.stringMatching(/^1,000 users here .* 999 open: .* EMFILE; .*ulimit -Hn/),
    ]);
  });

  it('says how many addresses 30,000 users of a machine need', () => {
    const many = { ...PLENTY, usersOfMachine: 60_000 };
    expect(resourceWarnings(many)).toEqual([
      expect.stringMatching(
        /^60,000 users .* one address has 28,232 .* EADDRNOTAVAIL; give 3 addr/,
      ),
    ]);
    expect(resourceWarnings({ ...many, localAddresses: 3 })).toEqual([]);
  });

  it('says how much memory the users need, and how much there is', () => {
    const memoryBytes = 10 * 1024 * 1024;
    expect(resourceWarnings({ ...PLENTY, memoryBytes })).toEqual([
      expect.stringMatching(/^1,000 users here need 20 MB of memory or more, and there are 10 MB/),
    ]);
  });
});

describe('maxSocketsOf', () => {
  it('keeps 16 files back, and always allows one socket', () => {
    expect(maxSocketsOf(64, 30)).toBe(64 - 30 - SPARE_FILES);
    expect(maxSocketsOf(40, 39)).toBe(1);
    expect(maxSocketsOf(undefined, 30)).toBeUndefined();
  });
});
