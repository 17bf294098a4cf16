import { describe, expect, it } from 'vitest';
import type { TestModule } from 'vitest/node';
import { countTests } from '../../support/closing-line-reporter.ts';

type State = 'passed' | 'failed' | 'skipped' | 'pending';

/** What the count looks at of a file of tests. */
function fileOf(states: readonly State[], isOk = !states.includes('failed')): TestModule {
  const tests = states.map((state) => ({ result: () => ({ state }) }));
  const file: unknown = { children: { allTests: () => tests }, ok: () => isOk };
  return file as TestModule; // nothing else of it is read
}

describe('countTests', () => {
  it.each<[string, State[], boolean, boolean, [number, number]]>([
    ['a passed and a failed test', ['passed', 'failed'], false, false, [1, 1]],
    ['a skipped test as failed', ['passed', 'skipped'], true, false, [1, 1]],
    ['no skipped test where tests were chosen by name', ['passed', 'skipped'], true, true, [1, 0]],
    ['a test that never ended as failed', ['passed', 'pending'], true, false, [1, 1]],
    ['a file that does not load as one failure', [], false, false, [0, 1]],
    ['tests that a failed hook skipped', ['skipped', 'skipped'], false, false, [0, 2]],
    ['a failed hook once where tests were chosen', ['skipped', 'skipped'], false, true, [0, 1]],
    ['a file without a chosen test as nothing', ['skipped'], true, true, [0, 0]],
  ])('counts %s', (_what, states, isOk, isFiltered, [passed, failed]) => {
    expect(countTests([fileOf(states, isOk)], isFiltered)).toEqual({ passed, failed });
  });

  it('adds up files', () => {
    const files = [fileOf(['passed', 'passed']), fileOf(['failed']), fileOf(['passed'])];

    expect(countTests(files, false)).toEqual({ passed: 3, failed: 1 });
  });
});
