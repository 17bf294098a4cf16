import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeSalvage,
  encodeSalvage,
  type SalvagedInterval,
} from '../../../../src/protocol/files/salvage.ts';

const WHOSE = { runId: 'run-1', workerId: 'w2', nodeId: 'node-0002' };
const INTERVALS: readonly SalvagedInterval[] = [
  { epoch: 1, sequence: 7, payload: Uint8Array.of(1, 2, 3) },
  { epoch: 1, sequence: 8, payload: new Uint8Array(0) },
  { epoch: 2, sequence: 1, payload: new Uint8Array(500).fill(9) },
];

function fileOf(intervals = INTERVALS): Buffer {
  return Buffer.concat([...encodeSalvage(WHOSE, intervals)]);
}

describe('a salvage file', () => {
  it('gives back whose it is and every interval', () => {
    expect(decodeSalvage(fileOf())).toEqual({
      ...WHOSE,
      intervals: 3,
      whole: INTERVALS.map((each) => ({ ...each, payload: Buffer.from(each.payload) })),
    });
  });

  it('gives what is whole wherever it is torn', () => {
    const file = fileOf();
    const headEnd = file.length - 3 * 16 - 3 - 500;
    const ends = [headEnd, headEnd + 16 + 3, headEnd + 32 + 3, file.length];
    for (let length = headEnd; length <= file.length; length += 1) {
      const wanted = ends.filter((end) => end <= length).length - 1;
      const { whole, intervals } = decodeSalvage(file.subarray(0, length));
      expect({ length, whole: whole.length, intervals }).toEqual({
        length,
        whole: wanted,
        intervals: 3,
      });
    }
  });

  it('gives nothing from a damaged record on', () => {
    const file = fileOf();
    file[file.length - 500 - 16 - 10] = 255;
    expect(decodeSalvage(file).whole).toHaveLength(1);
  });

  it.each([
    ['an empty file', Buffer.alloc(0), /no salvage file/],
    [
      'something else',
      Buffer.from('PK\u0003\u0004 what is this, and why is it here'),
      /no salvage/,
    ],
    ['a newer version', Buffer.concat([Buffer.from('KATYDSLV'), Buffer.alloc(12, 9)]), /format/],
    ['a torn head', fileOf().subarray(0, 40), /head is damaged/],
  ])('refuses %s', (_, file, message) => {
    expect(() => decodeSalvage(file)).toThrow(message);
  });

  it('never makes up an interval, whatever is done to its bytes', () => {
    const file = fileOf();
    const known = new Set(INTERVALS.map(({ epoch, sequence }) => `${epoch}/${sequence}`));
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(file.length - 1), fc.nat(255)), { maxLength: 6 }),
        (changes) => {
          const changed = Buffer.from(file);
          for (const [at, value] of changes) changed[at] = value;
          let keys: string[];
          try {
            keys = decodeSalvage(changed).whole.map(
              ({ epoch, sequence }) => `${epoch}/${sequence}`,
            );
          } catch (error) {
            return error instanceof Error && 'code' in error && error.code === 'KAT_PROTOCOL';
          }
          return keys.every((key) => known.has(key));
        },
      ),
    );
  });
});
