import { spawnSync } from 'node:child_process';
import { chmodSync, cpSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { TempFolder } from '../../support/temp-folder.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/test.sh', import.meta.url));

/** What the programs do that the script calls, as shell. */
interface Programs {
  readonly tsc?: string;
  /** Of the arguments `$*`; leaves `passed failed` in the file of $CLOSING_LINE_REPORT. */
  readonly vitest: string;
}

/** Runs a copy of the script where nothing is but programs of the test. */
function runScript({ tsc = 'true', vitest }: Programs, ...args: readonly string[]) {
  using folder = new TempFolder();
  mkdirSync(dirname(folder.file('scripts/test.sh')));
  cpSync(SCRIPT, folder.file('scripts/test.sh'));
  for (const [name, text] of Object.entries({ npm: 'true', biome: 'true', tsc, vitest })) {
    chmodSync(folder.write(`node_modules/.bin/${name}`, `#!/bin/sh\n${text}\n`), 0o755);
  }
  const { status, stdout } = spawnSync('sh', [folder.file('scripts/test.sh'), ...args], {
    encoding: 'utf8',
  });
  return { status, lines: stdout.trimEnd().split('\n') };
}

/** A vitest that acts differently for the end-to-end tests and the others. */
const vitestOf = (e2e: string, others: string): string =>
  `case "$*" in *'--project e2e') ${e2e};; *) ${others};; esac`;
const counts = (passed: number, failed: number): string =>
  `echo "ran $*"; printf '${passed} ${failed}' > "$CLOSING_LINE_REPORT"; exit ${failed && 1}`;

describe('scripts/test.sh', () => {
  it('runs the end-to-end tests beside all others, prints them after those, and adds up', () => {
    const { status, lines } = runScript({ vitest: vitestOf(counts(3, 0), counts(40, 0)) });

    expect(lines.slice(3)).toEqual([
      'ran run --project !e2e --maxWorkers 1',
      'ran run --project e2e',
      '43 passed, 0 failed',
    ]);
    expect(status).toBe(0);
  });

  it.each([
    ['a failed test of either', vitestOf(counts(3, 1), counts(40, 2)), '43 passed, 3 failed'],
    ['end-to-end tests that crash', vitestOf('exit 139', counts(40, 0)), '40 passed, 1 failed'],
    ['others that crash', vitestOf(counts(3, 0), 'kill -9 $$'), '3 passed, 1 failed'],
    [
      'others that crash after all',
      vitestOf(counts(3, 0), `(${counts(9, 0)}); exit 1`),
      '12 passed, 1 failed',
    ],
  ])('fails for %s', (_what, vitest, closing) => {
    const { status, lines } = runScript({ vitest });

    expect(lines.at(-1)).toBe(closing);
    expect(status).toBe(1);
  });

  it('counts a failed check as a failed test', () => {
    const { status, lines } = runScript({ tsc: 'false', vitest: counts(5, 0) });

    expect([status, lines.at(-1)]).toEqual([1, '10 passed, 1 failed']);
  });

  it('runs what its arguments choose, and nothing else', () => {
    const { status, lines } = runScript({ vitest: counts(2, 0) }, '--project', 'unit', '-t', 'a b');

    expect(lines.slice(3)).toEqual(['ran run --project unit -t a b', '2 passed, 0 failed']);
    expect(status).toBe(0);
  });
});
