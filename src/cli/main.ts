#!/usr/bin/env node
// Nothing is imported before the version is known: an old Node must get this line, not a syntax error.
const OLDEST_NODE = 24;
const major = Number(process.versions.node.split('.', 1)[0]);
if (major < OLDEST_NODE) {
  process.stderr.write(
    `katydid: needs Node ${OLDEST_NODE} or newer, this is ${process.versions.node} (${process.execPath})\n`,
  );
  process.exitCode = 2;
} else {
  // All users of a machine can read its process list: at once, since loading the rest takes a while.
  if (process.argv.some((text) => /^--token(=|$)/.test(text))) process.title = 'katydid';
  const { enableCompileCache } = await import('node:module');
  // Starting is a good part of a short run, and of every worker. Threads and local workers read the
  // variable: the call itself is for this thread alone.
  const { directory } = enableCompileCache();
  if (directory !== undefined) {
    const { dirname } = await import('node:path');
    process.env['NODE_COMPILE_CACHE'] ??= dirname(directory);
  }
  const { runCli } = await import('./cli.ts');
  process.exitCode = await runCli(process.argv.slice(2));
}

export {};
