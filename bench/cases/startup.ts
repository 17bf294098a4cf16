import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type BenchRow, reportBench } from '../harness/bench-report.ts';
import { interleaved, median, spreadRatio } from '../harness/figures.ts';
import { KATYDID } from '../harness/katydid-process.ts';

const GOAL_MS = 600;
const ROUNDS = 7;
const LOADFILE = fileURLToPath(new URL('../loadfiles/hot-loop.ts', import.meta.url));
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello';
const SUBJECTS = [
  'load file, 1 worker',
  'load file, 2 workers',
  'URL, 1 worker',
  '--version',
] as const;

/** From the command to the first byte of the first request, cores not pinned, as a user has it. */
export async function benchStartup(): Promise<void> {
  const measured = await interleaved(SUBJECTS, ROUNDS, (subject) => {
    switch (subject) {
      case 'load file, 1 worker':
        return firstRequestMs((url) => ['run', LOADFILE, '-H', url, '-w', '1']);
      case 'load file, 2 workers':
        return firstRequestMs((url) => ['run', LOADFILE, '-H', url, '-w', '2']);
      case 'URL, 1 worker':
        return firstRequestMs((url) => ['run', url, '-w', '1']);
      case '--version':
        return versionMs();
    }
  });
  reportBench(
    'startup',
    [...measured].map(([subject, values]) => rowOf(subject, values)),
  );
}

function rowOf(subject: (typeof SUBJECTS)[number], values: readonly number[]): BenchRow {
  const ms = median(values);
  const hasGoal = subject === 'load file, 1 worker';
  return {
    case: hasGoal || subject !== '--version' ? 'to the first request' : 'to the end',
    subject,
    value: `${ms.toFixed(0)} ms`,
    number: ms,
    spread: spreadRatio(values),
    ...(hasGoal ? { goal: `≤ ${GOAL_MS} ms`, isMet: ms <= GOAL_MS } : {}),
  };
}

async function firstRequestMs(argsFor: (url: string) => string[]): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'katydid-bench-startup-'));
  const { server, port, firstByteMs } = await listening();
  try {
    const args = [...argsFor(`http://127.0.0.1:${port}/`), '-u', '1', '-r', '1', '--headless'];
    const startMs = performance.now();
    const child = spawn(KATYDID, [...args, '--port', '0', '--out', join(folder, 'run.katydid')], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    let errors = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      errors += text;
    });
    const exited = once(child, 'exit').then(() => {
      throw new Error(`katydid ended before its first request:\n${errors}`);
    });
    const ms = (await Promise.race([firstByteMs, exited])) - startMs;
    exited.catch(() => undefined);
    child.kill('SIGTERM');
    await exited.catch(() => undefined);
    return ms;
  } finally {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

async function listening(): Promise<{
  server: Server;
  port: number;
  firstByteMs: Promise<number>;
}> {
  const first = Promise.withResolvers<number>();
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy());
    socket.on('data', () => {
      first.resolve(performance.now());
      // Slowly: the run that follows is not what is measured.
      setTimeout(() => socket.write(ANSWER), 100);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { server, port, firstByteMs: first.promise };
}

async function versionMs(): Promise<number> {
  const startMs = performance.now();
  await once(spawn(KATYDID, ['--version'], { stdio: 'ignore' }), 'exit');
  return performance.now() - startMs;
}
