// Makes the code that follows from the table of counters: `npm run counters:sync`. A test finds it out of date.
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { NAME_COUNTS_PATH, nameCountsSource } from '../test/arch/name-counts-source.ts';
import { ROOT } from '../test/arch/source-files.ts';

const path = join(ROOT, NAME_COUNTS_PATH);
writeFileSync(path, nameCountsSource());
execFileSync('biome', ['format', '--write', path], { cwd: ROOT, stdio: 'inherit' });
