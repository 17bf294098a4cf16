import { describe, expect, it } from 'vitest';
import {
  isCutStage,
  stageAfter,
  type UserOccurrence,
  type UserStage,
  userEndOf,
} from '../../../../src/script/run/user-life.ts';
import { transitionTableOf } from '../../../support/transition-table.ts';

// Records, so that the compiler finds one that is missing.
const STAGES = Object.keys({
  new: 0,
  'called-off': 0,
  'cut-before': 0,
  starting: 0,
  running: 0,
  'leaving-asked': 0,
  'leaving-itself': 0,
  'cut-starting': 0,
  'cut-running': 0,
  'cut-leaving': 0,
  stopped: 0,
  'stop-user': 0,
  'start-failed': 0,
  cut: 0,
} satisfies Record<UserStage, 0>) as UserStage[];

const OCCURRENCES = Object.keys({
  run: 0,
  stop: 0,
  cut: 0,
  started: 0,
  failed: 0,
  'tasks-over': 0,
  'stopped-itself': 0,
  left: 0,
  'grace-over': 0,
} satisfies Record<UserOccurrence, 0>) as UserOccurrence[];

const PAIRS = STAGES.flatMap((stage) => OCCURRENCES.map((on) => ({ stage, on })));

describe('stageAfter', () => {
  const table = transitionTableOf('src/script/run/user-life.ts');

  it.each(PAIRS)('goes from $stage on $on where its table says', ({ stage, on }) => {
    expect(stageAfter(stage, on)).toBe(table.get(`${stage} / ${on}`) ?? stage);
  });

  it('knows all 126 pairs, and its table no other', () => {
    const known = new Set(PAIRS.map(({ stage, on }) => `${stage} / ${on}`));
    expect(known.size).toBe(126);
    expect([...table.keys()].filter((pair) => !known.has(pair))).toEqual([]);
  });

  it('leaves the last stages by nothing, and every other one by a cut that is waited for', () => {
    for (const stage of STAGES) {
      const end = userEndOf(stage);
      const afterCut = stageAfter(stage, 'cut');
      const last = stageAfter(stageAfter(afterCut, 'run'), 'grace-over');
      expect(last).toBe(end ?? 'cut');
    }
  });

  it('never takes a cut back', () => {
    for (const { stage, on } of PAIRS.filter(({ stage: from }) => isCutStage(from))) {
      expect(isCutStage(stageAfter(stage, on))).toBe(true);
    }
  });
});
