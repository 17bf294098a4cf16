import { describe, expect, it } from 'vitest';
import {
  type JudgedWorker,
  judgeRun,
  type RunEvidence,
} from '../../../../src/stats/verdict/verdict.ts';

function facts(changes: Partial<RunEvidence> = {}): RunEvidence {
  return {
    seconds: 60,
    sent: 1000,
    unknown: 0,
    workers: [judged('w1'), judged('w2')],
    isCrashed: false,
    isDiskFull: false,
    ownFailures: { count: 0, names: [] },
    isNamesFolded: false,
    lagTail: { percentile: 'p99', ms: 0.4 },
    responseP50Ms: 100,
    ...changes,
  };
}

function judged(workerId: string, changes: Partial<JudgedWorker> = {}): JudgedWorker {
  return {
    workerId,
    isLost: false,
    lastSecond: 33,
    unknown: 0,
    unknownMost: 0,
    activeSeconds: 60,
    saturatedSeconds: 0,
    requests: 500,
    stalls: [],
    ...changes,
  };
}

describe('judgeRun', () => {
  it('finds nothing against a run that went well, nor against one without requests', () => {
    expect(judgeRun(facts())).toEqual({ validity: 'valid', reasons: [] });
    expect(judgeRun(facts({ sent: 0, workers: [], lagTail: null, responseP50Ms: null }))).toEqual({
      validity: 'valid',
      reasons: [],
    });
  });

  it.each<[string, Partial<RunEvidence>, string, string[]]>([
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
      { workers: [judged('w1', { isLost: true, lastSecond: null, unknownMost: 1 })] },
      'invalid',
      ['requests-unknown', 'worker-lost'],
    ],
    [
      'a lost worker that is not known to have sent so much at most',
      { workers: [judged('w1', { isLost: true, unknown: 3, unknownMost: null })], unknown: 3 },
      'invalid',
      ['requests-unknown', 'worker-lost'],
    ],
    [
      'a worker that was lost before it had users',
      { workers: [judged('w1', { isLost: true, lastSecond: null, unknownMost: 0 })] },
      'suspect',
      ['worker-lost'],
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
    [
      'a send lag of 11 ms at 100 ms',
      { lagTail: { percentile: 'p99', ms: 11 } },
      'suspect',
      ['send-lag'],
    ],
    [
      'a send lag of 11 ms at 200 ms',
      { lagTail: { percentile: 'p99', ms: 11 }, responseP50Ms: 200 },
      'valid',
      [],
    ],
    [
      'a send lag of 9 ms at 1 ms',
      { lagTail: { percentile: 'p99', ms: 9 }, responseP50Ms: 1 },
      'valid',
      [],
    ],
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

  it('says who was lost, and between which bounds the requests are of which no end is known', () => {
    const lost = judged('w2', { isLost: true, unknown: 12, unknownMost: 34 });
    const { reasons } = judgeRun(
      facts({ sent: 10_000, unknown: 12, workers: [judged('w1'), lost] }),
    );

    expect(reasons[0]).toEqual({
      code: 'requests-unknown',
      message:
        'w2 was lost: 12 to 34 requests have no known outcome; see which worker was lost, and why',
      observed: 0.0012,
      limit: 0.01,
    });
  });

  describe('a worker whose event loop stands still', () => {
    /** So many seconds with a stall, each with 20 of the worker's 500 requests on the wire. */
    const stalling = (seconds: number, longestMs: number, requests = 20): JudgedWorker =>
      judged('w1', {
        stalls: Array.from({ length: seconds }, () => ({
          totalUs: longestMs * 1000,
          longestUs: longestMs * 1000,
          requests,
        })),
      });

    it.each([
      ['for 250 ms again and again', stalling(10, 250), 'suspect'],
      ['so often that the median is not true', stalling(20, 250), 'invalid'],
      ['for no longer than a busy machine does', stalling(60, 50), 'valid'],
      ['once or twice', stalling(2, 6000), 'valid'],
      ['with next to nothing on the wire', stalling(4, 250, 1), 'valid'],
    ] as const)('%s', (_, worker, validity) => {
      expect(judgeRun(facts({ workers: [worker] })).validity).toBe(validity);
    });

    it('is measured by the answers: 250 ms do not matter where they take 3 s', () => {
      const slow = { workers: [stalling(10, 250)], responseP50Ms: 3000 };
      expect(judgeRun(facts(slow)).validity).toBe('valid');
    });

    it('is named, with what to do', () => {
      expect(judgeRun(facts({ workers: [stalling(10, 250)] })).reasons).toEqual([
        {
          code: 'loop-stalls',
          message:
            'w1 stood still for up to 250 ms, read 40 % of its answers late; see what the script computes without awaiting, or add workers (-w); times look slower than they were',
          observed: 0.4,
          limit: 0.01,
        },
      ]);
    });
  });
});
