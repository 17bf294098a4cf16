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
  const { runCli } = await import('./cli.ts');
  process.exitCode = await runCli(process.argv.slice(2));
}

export {};
