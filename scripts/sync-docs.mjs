// Copies into documents what the sources say: `npm run docs:sync`. Tests find the copies out of date.
//   docs/protocol.md      the state tables
//   docs/architecture.md  what each room may import
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withRoomImports } from '../test/arch/room-table.ts';
import { ROOT } from '../test/arch/source-files.ts';
import { stateTableOf, withTables } from '../test/arch/state-tables.ts';

function rewrite(document, change) {
  const path = join(ROOT, document);
  writeFileSync(path, change(readFileSync(path, 'utf8')));
}

const tableOf = (source) => stateTableOf(readFileSync(join(ROOT, source), 'utf8'));
rewrite('docs/protocol.md', (text) => withTables(text, tableOf));
rewrite('docs/architecture.md', withRoomImports);
