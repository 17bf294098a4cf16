import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../../src/base/errors.ts';
import { blobFrames } from '../../../../src/protocol/channel/frames.ts';
import type {
  RunConfig,
  WelcomeMessage,
} from '../../../../src/protocol/messages/master-messages.ts';
import { checkWelcome, helloFrame, ScriptArrival } from '../../../../src/worker/link/greeting.ts';

const identity = { nodeId: 'node-number-1', host: 'h', pid: 1, cores: 1 };
// Nothing else of a configuration is looked at.
const config = { runId: 'run-1' } as RunConfig;
const membership = { masterId: 'm1', epoch: 3, config };
const anew: WelcomeMessage = {
  type: 'welcome',
  masterId: 'm1',
  workerId: 'w1',
  epoch: 4,
  resumed: false,
  lastReceived: 0,
  lastSequence: 0,
  config,
  script: { bytes: 3, sha256: '' },
};

describe('helloFrame', () => {
  it('asks for a first lease, or names the one to take up again', () => {
    expect(helloFrame(identity, undefined, 0)).toEqual({ type: 'hello', ...identity });
    expect(helloFrame(identity, membership, 17)).toEqual({
      type: 'hello',
      ...identity,
      resume: { runId: 'run-1', epoch: 3, lastReceived: 17, masterId: 'm1' },
    });
  });
});

describe('checkWelcome', () => {
  const refusal = (welcome: WelcomeMessage): string => {
    try {
      checkWelcome(welcome, membership);
      return '';
    } catch (error) {
      return error instanceof ProtocolError ? error.message : 'another error';
    }
  };

  it('takes a new lease with a script, and the present lease without', () => {
    expect(refusal(anew)).toBe('');
    expect(refusal({ ...anew, epoch: 3, resumed: true })).toBe('');
  });

  it('refuses another run, another lease, and a script without bytes or with too many', () => {
    expect(refusal({ ...anew, config: { ...config, runId: 'run-2' } })).toBe(
      'the master has another run: run-2',
    );
    expect(refusal({ ...anew, resumed: true })).toBe('the master resumes lease 4, not 3');
    for (const bytes of [0, 24 * 1024 * 1024 + 1]) {
      expect(refusal({ ...anew, script: { bytes, sha256: '' } })).toBe(
        `the master announces a script of ${bytes} bytes`,
      );
    }
  });
});

describe('ScriptArrival', () => {
  it('gives the script once its last part has come', () => {
    const bytes = new Uint8Array(70_000).fill(7);
    const arrival = new ScriptArrival({ ...anew, script: { bytes: bytes.length, sha256: '' } });
    const [first = bytes, second = bytes] = [
      ...blobFrames({ kind: 'script', epoch: 0, number: 0, bytes }),
    ];

    expect(arrival.push(first)).toBeUndefined();
    expect(Buffer.from(bytes).equals(arrival.push(second) ?? new Uint8Array())).toBe(true);
  });

  it('refuses a script that is shorter than announced', () => {
    const arrival = new ScriptArrival(anew);
    const [only = new Uint8Array()] = blobFrames({
      kind: 'script',
      epoch: 0,
      number: 0,
      bytes: Uint8Array.of(1, 2),
    });

    expect(() => arrival.push(only)).toThrow('a script of 2 bytes came, 3 were announced');
  });
});
