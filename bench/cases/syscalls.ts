import { readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pause, until } from '../../test/support/until.ts';
import type { BenchRow } from '../harness/bench-report.ts';
import type { Generator } from '../harness/generators.ts';
import type { NginxServer } from '../harness/nginx-server.ts';
import { findTool } from '../harness/peers.ts';
import { PinnedProcess, SERVER_CORE } from '../harness/pinned-process.ts';

const GOAL = 2.2;
const MEASURED_MS = 3000;
const SHOWN_CALLS = 4;

/**
 * Counts the system calls of the generator's processes, all threads, for a few seconds; no rows where
 * strace is missing or may not trace. Tracing slows the generator down, which makes it batch more like
 * a busy one: the count per request is that of a saturated generator.
 */
export async function syscallsPerRequest(
  generator: Generator,
  server: NginxServer,
  users: number,
): Promise<BenchRow[]> {
  const strace = findTool('strace');
  if (strace === undefined) return [];
  const running = await generator.start(server.url, users);
  const file = join(tmpdir(), `katydid-bench-strace-${process.pid}`);
  try {
    await until('the users', async () => (await server.counts()).connections >= users, {
      longestMs: 20_000,
      of: running.main,
    });
    await pause(1000);
    const pids = running.pids.flatMap((pid) => ['-p', String(pid)]);
    const tracer = new PinnedProcess(strace, ['-f', '-c', '-o', file, ...pids], {
      core: SERVER_CORE,
    });
    await tracer.said(/attached/);
    const before = await server.counts();
    await pause(MEASURED_MS);
    const after = await server.counts();
    await tracer.stop('SIGINT');
    const counted = readCounts(readFileSync(file, 'utf8'));
    return [rowOf(generator, counted, after.requests - before.requests)];
  } finally {
    rmSync(file, { force: true });
    await running.stop();
  }
}

/** Calls by name from `strace -c`: time %, seconds, µs a call, calls, errors (may be absent), name. */
function readCounts(text: string): Map<string, number> {
  const lines = text.split('\n').map((line) => line.trim().split(/\s+/));
  return new Map(
    lines
      .filter((fields) => fields.length >= 5 && /^\d/.test(fields[0] ?? ''))
      .map((fields) => [fields.at(-1) ?? '', Number(fields[3])] as const)
      .filter(([name, calls]) => name !== 'total' && Number.isFinite(calls)),
  );
}

function rowOf(generator: Generator, counts: Map<string, number>, requests: number): BenchRow {
  const calls = [...counts.values()].reduce((sum, each) => sum + each, 0);
  const perRequest = calls / requests;
  const most = [...counts].toSorted(([, a], [, b]) => b - a).slice(0, SHOWN_CALLS);
  return {
    case: 'system calls',
    subject: generator.name,
    value: `${perRequest.toFixed(2)} /request`,
    number: perRequest,
    goal: `≤ ${GOAL}`,
    isMet: perRequest <= GOAL,
    note: most.map(([name, count]) => `${name} ${(count / requests).toFixed(2)}`).join(', '),
  };
}
