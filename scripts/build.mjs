// Builds dist/ from src/. Run by `npm ci` (the `prepare` script) and by `npm run build`.
// The old dist/ is replaced at the end and only by a good one, so that what runs from it goes on.
import { spawnSync } from 'node:child_process';
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const pathOf = (name) => fileURLToPath(new URL(`../${name}`, import.meta.url));
const next = pathOf(`dist-next-${process.pid}`);
const old = pathOf(`dist-old-${process.pid}`);

const tsc = pathOf('node_modules/typescript/bin/tsc');
const { status } = spawnSync(
  process.execPath,
  [tsc, '-p', 'tsconfig.build.json', '--outDir', next],
  { cwd: pathOf(''), stdio: 'inherit' },
);
if (status === 0) {
  // Declarations are not compiled, so the compiler leaves them behind.
  copyFileSync(pathOf('src/data-modules.d.ts'), `${next}/data-modules.d.ts`);
  // For the same reason it refers to them where they are, which is not in the package.
  const index = `${next}/index.d.ts`;
  const declarations = readFileSync(index, 'utf8');
  writeFileSync(index, declarations.replace('"../src/data-modules.d.ts"', '"./data-modules.d.ts"'));
  try {
    renameSync(pathOf('dist'), old);
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  renameSync(next, pathOf('dist'));
}
rmSync(old, { recursive: true, force: true });
rmSync(next, { recursive: true, force: true });
process.exit(status ?? 1);
