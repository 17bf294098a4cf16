import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { historyCsv } from '../../../../src/report/csv-files.ts';
import { summaryJsonText } from '../../../../src/report/summary-json.ts';
import { summaryText } from '../../../../src/report/summary-text.ts';
import { openRunFile } from '../../../../src/store/read/run-reader.ts';
import { RunDatabase } from '../../../../src/store/write/run-database.ts';
import {
  runEnd,
  runInfo,
  smallRun,
  temporaryFolder,
  worker,
} from '../../../unit/store/run-fixtures.ts';

function makeEverything(path: string): string {
  using file = openRunFile(path);
  summaryText(file.record, { files: [], isColored: false, glyphs: 'unicode' });
  return summaryJsonText(file.record) + [...historyCsv(file, true)].join('');
}

describe('a damaged run file', () => {
  it('is read or refused with KAT_RUN_FILE, wherever up to 8 bytes of it are wrong', () => {
    const folder = temporaryFolder();
    const database = new RunDatabase(join(folder, 'a.katydid'), runInfo());
    database.commit({ intervals: smallRun(), workers: [worker('w1'), worker('w2')] });
    database.finish(runEnd());
    database.close();
    const whole = readFileSync(join(folder, 'a.katydid'));
    const used = [...whole.keys()].filter((index) => whole[index] !== 0);
    const path = join(folder, 'damaged.katydid');

    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.nat(used.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 }),
        (changes) => {
          const damaged = Buffer.from(whole);
          for (const [index, byte] of changes) damaged[used[index] ?? 0] = byte;
          writeFileSync(path, damaged);
          let code: unknown = 'none';
          try {
            makeEverything(path);
          } catch (thrown) {
            code = thrown instanceof Error && 'code' in thrown ? thrown.code : thrown;
          }
          expect(['none', 'KAT_RUN_FILE']).toContain(code);
        },
      ),
      { numRuns: 150 },
    );
  });
});
