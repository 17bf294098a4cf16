import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { KatydidError, messageOf, UsageError } from '../../base/errors.ts';
import { loadfileTemplate, tsconfigTemplate } from '../../script/bundle/template.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import type { Terminal } from '../process/terminal.ts';

/**
 * Writes a load file to begin with, and a tsconfig.json with which editors check it.
 *
 * @returns The exit status.
 * @throws {UsageError} Where a file is there already and `--force` is not; nothing is written then.
 * @throws {KatydidError} `KAT_OUTPUT` where the folder cannot be written to.
 */
export function initCommand(
  { folder, options }: CommandInvocation<'init'>,
  terminal: Terminal,
): number {
  const files: readonly (readonly [name: string, content: string])[] = [
    ['loadfile.ts', loadfileTemplate()],
    ['tsconfig.json', tsconfigTemplate(typesPath(), typeRoots())],
  ];
  const names = files.map(([name]) => name);
  const present = names.filter((name) => existsSync(join(folder, name)));
  if (present.length > 0 && !options.force) {
    const verb = present.length === 1 ? 'exists' : 'exist';
    throw new UsageError(`${present.join(' and ')} ${verb} already in ${folder}`, {
      hint: 'Name another folder, or write over it with --force.',
    });
  }
  try {
    mkdirSync(folder, { recursive: true });
    for (const [name, content] of files) {
      writeFileSync(join(folder, name), content, { flag: options.force ? 'w' : 'wx' });
    }
  } catch (error) {
    throw new KatydidError('KAT_OUTPUT', `cannot write to ${folder}: ${messageOf(error)}`, {
      cause: error,
    });
  }
  terminal.out(nextSteps(folder, names));
  return 0;
}

/** The declarations of the katydid that is running, built or from its sources. */
function typesPath(): string {
  const isSource = import.meta.url.endsWith('.ts');
  return fileURLToPath(new URL(isSource ? '../../index.ts' : '../../index.d.ts', import.meta.url));
}

/** Where the types of Node are that katydid brings along. */
function typeRoots(): string {
  return dirname(dirname(createRequire(import.meta.url).resolve('@types/node/package.json')));
}

function nextSteps(folder: string, names: readonly string[]): string {
  const way = relative(process.cwd(), folder);
  const steps: readonly (readonly [string, string])[] = [
    ...(way === '' ? [] : [[`cd ${way}`, ''] as const]),
    ['katydid target', 'something to load, in another terminal'],
    ['katydid plan', 'who starts when'],
    ['katydid run -u 20 -t 30s', 'the test itself'],
  ];
  const width = Math.max(...steps.map(([step]) => step.length));
  const lines = steps.map(([step, meaning]) =>
    meaning === '' ? `  ${step}` : `  ${step.padEnd(width)}   # ${meaning}`,
  );
  return `Wrote ${names.join(' and ')} to ${folder}\n\nNext:\n${lines.join('\n')}\n`;
}
