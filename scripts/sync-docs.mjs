// Copies the state tables of the sources into docs/protocol.md: `npm run docs:sync`. A test finds it out of date.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from '../test/arch/source-files.ts';
import { stateTableOf, withTables } from '../test/arch/state-tables.ts';

const path = join(ROOT, 'docs/protocol.md');
const tableOf = (source) => stateTableOf(readFileSync(join(ROOT, source), 'utf8'));
writeFileSync(path, withTables(readFileSync(path, 'utf8'), tableOf));
