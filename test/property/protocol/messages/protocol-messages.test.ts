import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KatydidError } from '../../../../src/base/errors.ts';
import { BlobAssembler, blobFrames } from '../../../../src/protocol/channel/frames.ts';
import { MAX_MESSAGE_BYTES } from '../../../../src/protocol/channel/version.ts';
import { parseControlRequest } from '../../../../src/protocol/messages/control-messages.ts';
import { parseMasterFrame } from '../../../../src/protocol/messages/master-messages.ts';
import {
  fitWorkerMessage,
  parseWorkerFrame,
} from '../../../../src/protocol/messages/worker-messages.ts';

const parsers = { parseControlRequest, parseMasterFrame, parseWorkerFrame };

/** Valid messages, as a place to start from. */
const samples = [
  {
    type: 'hello',
    nodeId: 'abcdefgh',
    host: 'h',
    pid: 1,
    cores: 2,
    resume: { runId: 'r', epoch: 1, lastReceived: 0, masterId: 'm1' },
  },
  {
    type: 'numbered',
    number: 1,
    message: { type: 'ended', users: [{ user: 1, incarnation: 0, reason: 'cut' }] },
  },
  {
    type: 'numbered',
    number: 1,
    message: {
      type: 'holding',
      held: [{ user: 1, classIndex: 0, incarnation: 2, atMs: 3, stopAtMs: 4 }],
      spent: [{ user: 2, incarnation: 0, isRetired: true, iterations: 5 }],
      state: { isReady: true, isPrepared: true, isStarted: true, stops: 'no' },
    },
  },
  { type: 'numbered', number: 1, message: { type: 'drained', lastSequence: 3, lastUserEndUs: 5 } },
  { type: 'heartbeat', seen: 0, blockedMs: 0 },
  {
    type: 'numbered',
    number: 2,
    message: { type: 'assign', starts: [], stops: [{ user: 1, incarnation: 0, atMs: 1 }] },
  },
  { type: 'stored', epoch: 1, sequence: 2 },
  { id: 1, command: { type: 'set-users', users: 3 } },
];

/** One of the samples with a part of it put in another's place. */
const mutated = fc
  .tuple(fc.constantFrom(...samples), fc.nat(), fc.jsonValue())
  .map(([sample, at, part]) => {
    let index = 0;
    const place = at % 12;
    return JSON.stringify(sample, (_key, value: unknown) => {
      index += 1;
      return index === place ? part : value;
    });
  });

function outcomeOf(parse: (text: string) => unknown, text: string): string {
  try {
    parse(text);
    return 'accepted';
  } catch (error) {
    return error instanceof KatydidError ? error.code : String(error);
  }
}

describe('the parsers of all text messages', { timeout: 30_000 }, () => {
  it('answer any text with a message or a ProtocolError of one printable line', () => {
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.json({ maxDepth: 2 }), mutated);
    fc.assert(
      fc.property(text, fc.constantFrom(...Object.values(parsers)), (input, parse) => {
        expect(['accepted', 'KAT_PROTOCOL']).toContain(outcomeOf(parse, input));
      }),
      { numRuns: 200 },
    );
  });

  it.each(Object.entries(parsers))('%s refuses what is nested 20,000 deep', (_name, parse) => {
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`;
    const options = `{"type":"welcome","config":{"options":{"a":${deep}}}}`;
    expect(outcomeOf(parse, deep)).toBe('KAT_PROTOCOL');
    expect(outcomeOf(parse, options)).toBe('KAT_PROTOCOL');
  });

  it('write no control characters of a peer into a log', () => {
    const hostile = JSON.stringify({ id: 1, command: { type: 'stop', '\u001b[2J\n\u2028': 1 } });
    expect(() => parseControlRequest(hostile)).toThrowError(/^[\x20-\x7e]{1,400}$/);
    const long = JSON.stringify({ ['x'.repeat(90_000)]: 1, id: 1, command: { type: 'stop' } });
    expect(() => parseControlRequest(long)).toThrowError(/^[\x20-\x7e]{1,400}$/);
  });

  it('take every sample as it is', () => {
    const accepted = samples.map((sample) =>
      Object.values(parsers).some(
        (parse) => outcomeOf(parse, JSON.stringify(sample)) === 'accepted',
      ),
    );
    expect(accepted).not.toContain(false);
  });
});

describe('fitWorkerMessage', { timeout: 30_000 }, () => {
  it('makes any text of a script fit a message that the master accepts', () => {
    const unit = fc.constantFrom('a', '\u0000', '\ud800', '😀', '界', '"');
    const text = fc
      .tuple(unit, fc.integer({ min: 0, max: 40_000 }))
      .map(([one, n]) => one.repeat(n));
    fc.assert(
      fc.property(text, (long) => {
        for (const message of [
          { type: 'log', level: 'info', text: long },
          { type: 'stop-test', reason: long },
          { type: 'script-failed', message: long },
        ] as const) {
          const sent = JSON.stringify({
            type: 'numbered',
            number: 1,
            message: fitWorkerMessage(message),
          });
          expect(Buffer.byteLength(sent)).toBeLessThan(MAX_MESSAGE_BYTES);
          expect(outcomeOf(parseWorkerFrame, sent)).toBe('accepted');
        }
      }),
      { numRuns: 40 },
    );
  });
});

describe('BlobAssembler', () => {
  it('gives back what was cut, and answers anything else with a ProtocolError', () => {
    const blob = fc.record({
      kind: fc.constant('interval' as const),
      epoch: fc.nat(),
      number: fc.nat(),
      bytes: fc.uint8Array({ maxLength: 200 }),
    });
    const noise = fc.uint8Array({ maxLength: 40 });
    fc.assert(
      fc.property(fc.array(fc.oneof(blob, noise), { maxLength: 8 }), (items) => {
        const assembler = new BlobAssembler('interval', 1000);
        for (const item of items) {
          if (item instanceof Uint8Array) {
            const code = outcomeOf(() => assembler.push(item), '');
            expect(['accepted', 'KAT_PROTOCOL']).toContain(code);
            // The connection is dropped at the first error.
            return;
          }
          const [frame = new Uint8Array()] = blobFrames(item);
          expect(assembler.push(frame)).toEqual(item);
        }
      }),
      { numRuns: 200 },
    );
  });
});
