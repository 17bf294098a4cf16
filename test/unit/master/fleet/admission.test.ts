import { describe, expect, it } from 'vitest';
import {
  type AdmittingRun,
  answerHello,
  type KnownWorker,
  MAX_BREACHES,
} from '../../../../src/master/fleet/admission.ts';
import type { HelloMessage } from '../../../../src/protocol/messages/worker-messages.ts';

const RUN: AdmittingRun = { runId: 'run', masterId: 'm2', closedFor: undefined };
const CLOSED: AdmittingRun = { ...RUN, closedFor: 'the run is over' };
const KNOWN: KnownWorker = { state: 'ready', epoch: 3, isRestored: false, breaches: 0 };
const RESTORED: KnownWorker = { ...KNOWN, state: 'restored', isRestored: true };

function hello(resume?: Partial<HelloMessage['resume']>): HelloMessage {
  const fresh: HelloMessage = { type: 'hello', nodeId: 'n1', host: 'h', pid: 7, cores: 1 };
  if (resume === undefined) return fresh;
  return {
    ...fresh,
    resume: { runId: 'run', epoch: 3, lastReceived: 5, masterId: 'm2', ...resume },
  };
}

describe('answerHello', () => {
  it('gives a worker that was never here the first lease', () => {
    expect(answerHello(hello(), undefined, RUN)).toEqual({ kind: 'new lease', afterEpoch: 0 });
  });

  it('lets a worker carry on under its lease, from the last message that it saw', () => {
    const answer = { kind: 'resume', epoch: 3, peerSaw: 5, isRecalled: false };
    expect(answerHello(hello({}), KNOWN, RUN)).toEqual(answer);
  });

  it.each(['joining', 'leaving', 'drained', 'done'] as const)('also one that is %s', (state) => {
    expect(answerHello(hello({}), { ...KNOWN, state }, CLOSED)).toMatchObject({ kind: 'resume' });
  });

  it('counts messages anew for a worker that saw those of another master process', () => {
    const answer = answerHello(hello({ masterId: 'm1' }), KNOWN, RUN);
    expect(answer).toMatchObject({ kind: 'resume', peerSaw: 0 });
  });

  it.each([
    ['lost', { ...KNOWN, state: 'lost' as const }, 3, 3],
    ['lost and restored', { ...RESTORED, state: 'lost' as const }, 4, 4],
    ['under a later lease by now', KNOWN, 2, 3],
    ['under an earlier lease than it says', KNOWN, 4, 4],
    ['restored with a later lease', RESTORED, 2, 3],
  ])('begins the next lease of a worker that is %s', (_, known, epoch, afterEpoch) => {
    const answer = answerHello(hello({ epoch }), known, RUN);
    expect(answer).toEqual({ kind: 'new lease', afterEpoch });
  });

  it('begins the next lease of a worker that names none', () => {
    expect(answerHello(hello(), KNOWN, RUN)).toEqual({ kind: 'new lease', afterEpoch: 3 });
  });

  it.each([
    ['the same lease', RESTORED, 3],
    ['a later lease, of which the run file has nothing', RESTORED, 4],
    ['a join that was not stored', undefined, 1],
  ])('recalls a worker of an earlier master process with %s', (_, known, epoch) => {
    const answer = answerHello(hello({ epoch, masterId: 'm1' }), known, RUN);
    expect(answer).toEqual({ kind: 'resume', epoch, peerSaw: 0, isRecalled: true });
  });

  it.each([
    ['a worker of another run', hello({ runId: 'other' }), KNOWN, RUN, 'is not here any more'],
    [
      `one that broke the rules ${MAX_BREACHES} times`,
      hello({}),
      { ...KNOWN, breaches: MAX_BREACHES },
      RUN,
      'broken the protocol too often',
    ],
    ['a newcomer when the run is over', hello(), undefined, CLOSED, 'the run is over'],
    [
      'a lost one when the run is over',
      hello({}),
      { ...KNOWN, state: 'lost' as const },
      CLOSED,
      'the run is over',
    ],
  ])('refuses %s', (_, message, known, run, why) => {
    const answer = answerHello(message, known, run);
    expect(answer).toEqual({
      kind: 'refuse',
      message: expect.stringContaining(why),
      hint: expect.stringMatching(/\w/),
    });
  });
});
