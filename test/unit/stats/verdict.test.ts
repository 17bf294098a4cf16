import { describe, expect, it } from 'vitest';
import { type JudgedWorker, judgeRun, type RunFacts } from '../../../src/stats/verdict.ts';

function facts(changes: Partial<RunFacts> = {}): RunFacts {
  return {
    sent: 1000,
    unknown: 0,
    workers: [judged('w1'), judged('w2')],
    isCrashed: false,
    isDiskFull: false,
    ownFailures: { count: 0, names: [] },
    isNamesFolded: false,
    lagP99Ms: 0.4,
    responseP50Ms: 100,
    ...changes,
  };
}

function judged(workerId: string, changes: Partial<JudgedWorker> = {}): JudgedWorker {
  return {
    workerId,
    isLost: false,
    lastSecond: 33,
    activeSeconds: 60,
    saturatedSeconds: 0,
    ...changes,
  };
}

describe('judgeRun', () => {
  it('finds nothing against a run that went well, nor against one without requests', () => {
    expect(judgeRun(facts())).toEqual({ validity: 'valid', reasons: [] });
    expect(judgeRun(facts({ sent: 0, workers: [], lagP99Ms: null, responseP50Ms: null }))).toEqual({
      validity: 'valid',
      reasons: [],
    });
  });

  it.each<[string, Partial<RunFacts>, string, string[]]>([
    ['10 of 1,000 unknown', { unknown: 10 }, 'suspect', ['requests-unknown']],
    ['11 of 1,000 unknown', { unknown: 11 }, 'invalid', ['requests-unknown']],
    [
      'a lost worker that left nothing open',
      { workers: [judged('w1', { isLost: true })] },
      'suspect',
      ['worker-lost'],
    ],
    [
      'a lost worker that never reported',
      { workers: [judged('w1', { isLost: true, lastSecond: null })] },
      'invalid',
      ['requests-unknown', 'worker-lost'],
    ],
    ['a crashed master', { isCrashed: true }, 'suspect', ['crashed']],
    [
      'a master that crashed before anything was stored',
      { isCrashed: true, sent: 0, workers: [] },
      'invalid',
      ['crashed'],
    ],
    ['a full disk', { isDiskFull: true }, 'suspect', ['disk-full']],
    [
      'too few files here',
      { ownFailures: { count: 3, names: ['EMFILE'] } },
      'suspect',
      ['generator-resources'],
    ],
    ['folded names', { isNamesFolded: true }, 'suspect', ['names-folded']],
    [
      'a worker saturated in 7 of 60 seconds',
      { workers: [judged('w1', { saturatedSeconds: 7 })] },
      'suspect',
      ['generator-busy'],
    ],
    [
      'a worker saturated in 6 of 60 seconds',
      { workers: [judged('w1', { saturatedSeconds: 6 })] },
      'valid',
      [],
    ],
    [
      'a worker saturated in 2 of 2 seconds',
      { workers: [judged('w1', { activeSeconds: 2, saturatedSeconds: 2 })] },
      'valid',
      [],
    ],
    ['a send lag of 11 ms at 100 ms', { lagP99Ms: 11 }, 'suspect', ['send-lag']],
    ['a send lag of 11 ms at 200 ms', { lagP99Ms: 11, responseP50Ms: 200 }, 'valid', []],
    ['a send lag of 9 ms at 1 ms', { lagP99Ms: 9, responseP50Ms: 1 }, 'valid', []],
  ])('judges %s', (_, changes, validity, codes) => {
    const verdict = judgeRun(facts(changes));

    expect(verdict.validity).toBe(validity);
    expect(verdict.reasons.map(({ code }) => code)).toEqual(codes);
  });

  it('puts what makes a run invalid before what makes it suspect, with figures', () => {
    const { reasons } = judgeRun(
      facts({ unknown: 41, isDiskFull: true, workers: [judged('w2', { isLost: true })] }),
    );

    expect(reasons.map(({ code, observed, limit }) => [code, observed, limit])).toEqual([
      ['requests-unknown', 0.041, 0.01],
      ['disk-full', 1, 0],
      ['worker-lost', 1, 0],
    ]);
    expect(reasons[2]?.message).toContain('w2 was lost after 0:34: ');
  });
});
