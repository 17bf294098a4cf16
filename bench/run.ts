/*
 * `npm run bench` runs every bench, `npm run bench -- http tls` some. Each prints its table and writes
 * bench/results/NAME.json; docs/performance.md says how to read them. Nothing here fails for being slow.
 */
import { benchHttp } from './cases/http.ts';
import { benchMaster } from './cases/master.ts';
import { benchMemory } from './cases/memory.ts';
import { benchPacing } from './cases/pacing.ts';
import { benchReporting } from './cases/reporting.ts';
import { benchScale } from './cases/scale.ts';
import { benchStartup } from './cases/startup.ts';
import { benchTls } from './cases/tls.ts';

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  http: benchHttp,
  scale: benchScale,
  tls: benchTls,
  memory: benchMemory,
  pacing: benchPacing,
  master: benchMaster,
  reporting: benchReporting,
  startup: benchStartup,
};

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`no bench ${unknown.join(', ')}; there are: ${Object.keys(BENCHES).join(', ')}`);
  process.exitCode = 2;
} else {
  for (const [name, bench] of Object.entries(BENCHES)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    try {
      await bench();
    } catch (error) {
      // One that cannot be run here must not keep the others from being run.
      console.error(`\n${name}: could not be measured:`, error);
      process.exitCode = 1;
    }
  }
}
