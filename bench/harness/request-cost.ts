import { cpuSecondsOf } from '../../test/support/process-figures.ts';
import { pause, until } from '../../test/support/until.ts';
import type { Generator } from './generators.ts';
import type { NginxServer } from './nginx-server.ts';

/** Time until all users run and the code is compiled. */
const WARM_UP_MS = 1200;
const CONNECT_LIMIT_MS = 20_000;

/** What a stretch of load cost. */
export interface RequestCost {
  /** CPU of the generator, user and system, in microseconds a request. */
  readonly cpuUs: number;
  /** CPU of the server, the same. */
  readonly serverCpuUs: number;
  readonly requestsPerSec: number;
  /** Share of its core that the generator used, 0..1. */
  readonly utilization: number;
}

/**
 * Puts `server` under load and measures what it costs while it is steady: requests are those that the
 * server counted, CPU is what the kernel charged to the generator's processes in the same stretch.
 *
 * @param url - One of `server`'s.
 * @throws {Error} Where the generator ends early, or requests fail.
 */
export async function requestCost(
  generator: Generator,
  server: NginxServer,
  url: string,
  users: number,
  measuredMs: number,
): Promise<RequestCost> {
  const running = await generator.start(url, users);
  try {
    await until(
      `${generator.name}: ${users} connections`,
      async () => (await server.counts()).connections >= users,
      { longestMs: CONNECT_LIMIT_MS, of: running.main },
    );
    await pause(WARM_UP_MS);
    const before = await reading(running.pids, server);
    await pause(measuredMs);
    const after = await reading(running.pids, server);
    const requests = after.requests - before.requests;
    const seconds = (after.atMs - before.atMs) / 1000;
    const cpuSeconds = after.cpuSeconds - before.cpuSeconds;
    return {
      cpuUs: (cpuSeconds / requests) * 1e6,
      serverCpuUs: ((after.serverCpuSeconds - before.serverCpuSeconds) / requests) * 1e6,
      requestsPerSec: requests / seconds,
      utilization: cpuSeconds / seconds,
    };
  } finally {
    await running.stop();
  }
}

async function reading(
  pids: readonly number[],
  server: NginxServer,
): Promise<{
  atMs: number;
  requests: number;
  cpuSeconds: number;
  serverCpuSeconds: number;
}> {
  const { requests } = await server.counts();
  return {
    atMs: performance.now(),
    requests,
    cpuSeconds: cpuSecondsOf(pids),
    serverCpuSeconds: cpuSecondsOf([server.pid]),
  };
}
