import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KatydidError } from '../../../../src/base/errors.ts';
import { SeededRandom } from '../../../../src/base/random.ts';
import { parseRunKey, type RunKey, runKeyLine } from '../../../../src/protocol/files/run-key.ts';
import { decodeSalvage, encodeSalvage } from '../../../../src/protocol/files/salvage.ts';
import { createCertificate } from '../../../../src/protocol/join/certificate.ts';
import { createToken } from '../../../../src/protocol/join/token.ts';
import { encodeInterval } from '../../../../src/stats/interval/interval-codec.ts';
import { mutatedFrame } from '../../../support/mutated-frames.ts';
import { interval } from '../../../unit/stats/sample-intervals.ts';

const payloads = [1, 2, 3].map((second) => encodeInterval(interval(second, {})));
const intervals = payloads.map((payload, index) => ({ epoch: 1, sequence: index + 1, payload }));
const WHOSE = { runId: 'run-1', workerId: 'w2', nodeId: 'node-0002' };

const KEY: RunKey = {
  katydid: '1.2.3',
  runId: 'run-1',
  createdAtEpochMs: 1_700_000_000_000,
  seed: 7,
  token: createToken(),
  certificate: createCertificate(),
  port: 5557,
  folder: '/somewhere',
  script: 'YWJj',
  userClasses: ['A'],
  declared: { speed: 3 },
  options: { users: 10, tags: ['a'] },
  http: { engine: 'auto', defaults: {}, options: {} },
  expectedWorkers: 2,
  maxWaitSeconds: null,
};

describe('a salvage file, spoilt', () => {
  it('gives intervals as they were written, in their order, or is refused with KAT_PROTOCOL', () => {
    const whole = new Uint8Array(Buffer.concat([...encodeSalvage(WHOSE, intervals)]));
    fc.assert(
      fc.property(fc.nat(), fc.integer({ min: 1, max: 3 }), (seed, times) => {
        const random = new SeededRandom(seed);
        let bytes = whole;
        for (let time = 0; time < times; time += 1) {
          bytes = mutatedFrame(bytes, random) as typeof whole; // bytes stay bytes
        }
        try {
          const read = decodeSalvage(bytes);
          expect(read).toMatchObject(WHOSE);
          expect(read.whole.map(({ sequence }) => sequence)).toEqual(
            intervals.slice(0, read.whole.length).map(({ sequence }) => sequence),
          );
          for (const [index, { payload }] of read.whole.entries()) {
            expect(Buffer.compare(payload, payloads[index] ?? new Uint8Array())).toBe(0);
          }
        } catch (error) {
          expect(error instanceof KatydidError && error.code).toBe('KAT_PROTOCOL');
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('the key of a run, spoilt', () => {
  it('is a key or refused with KAT_PROTOCOL, and never told in the message', () => {
    const text = runKeyLine(KEY) + runKeyLine({ port: 1234 });
    const token = KEY.token.slice(-20);
    fc.assert(
      fc.property(fc.nat(), (seed) => {
        const random = new SeededRandom(seed);
        const [line = '', ...others] = text.split('\n');
        const spoilt = [mutatedFrame(line, random), ...others].join('\n');
        try {
          expect(parseRunKey(spoilt).runId).toEqual(expect.any(String));
        } catch (error) {
          expect(error instanceof KatydidError && error.code).toBe('KAT_PROTOCOL');
          expect(String(error)).not.toContain(token);
        }
      }),
      { numRuns: 1000 },
    );
  });
});
