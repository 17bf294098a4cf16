import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule, Vitest } from 'vitest/node';

/** What a test run came to. */
export interface TestCounts {
  readonly passed: number;
  readonly failed: number;
}

/**
 * Counts tests. A skipped test counts as failed, since it shows nothing, and so does a file that fails
 * without a failed test in it.
 *
 * @param isFiltered - Whether tests were chosen by name (`-t`): then skipped ones were not asked for.
 */
export function countTests(modules: readonly TestModule[], isFiltered: boolean): TestCounts {
  let passed = 0;
  let failed = 0;
  for (const module of modules) {
    const states = [...module.children.allTests()].map((test) => test.result().state);
    const succeeded = states.filter((state) => state === 'passed').length;
    const leftOut = isFiltered ? states.filter((state) => state === 'skipped').length : 0;
    const failures = states.length - succeeded - leftOut;
    passed += succeeded;
    failed += failures === 0 && !module.ok() ? 1 : failures;
  }
  return { passed, failed };
}

/** Ends a test run with the line `N passed, N failed`, which is what CI reads, or hands the figures on. */
export default class ClosingLineReporter implements Reporter {
  #isFiltered = false;

  onInit({ config }: Vitest): void {
    this.#isFiltered = config.testNamePattern !== undefined;
  }

  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const { passed, failed: failedTests } = countTests(modules, this.#isFiltered);
    const failed = failedTests + unhandled.length;
    // Under scripts/test.sh the checks come on top, and the script prints the line.
    const report = process.env['CLOSING_LINE_REPORT'];
    if (report === undefined) process.stdout.write(`${passed} passed, ${failed} failed\n`);
    else writeFileSync(report, `${passed} ${failed}`);
  }
}
