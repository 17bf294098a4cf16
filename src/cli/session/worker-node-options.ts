/**
 * Options of Node for a worker process; `bin/katydid` has the same.
 *
 * Young generation: three times 8 MB at most, where Node's own 16 cost a worker that connects 10,000 users
 * 36 MB that it never gives back, and gain it 2 % at 1,000 busy users. Below 8 they cost CPU.
 */
export const WORKER_NODE_OPTIONS: readonly string[] = ['--max-semi-space-size=8'];
