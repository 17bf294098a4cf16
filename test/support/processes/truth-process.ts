import type { IncomingMessage, ServerResponse } from 'node:http';
import type { LifeOfUser, TruthReport } from '../truth-report.ts';
import { startTruthServer } from '../truth-server.ts';

/*
 * The counting server as a process: `node truth-process.ts HOST`. Each message is answered with what was
 * seen so far. Users say who they are in `x-user` (their number) and `x-life` (a text of their own,
 * made anew whenever they start).
 */
const lives = new Map<string, LifeOfUser>();

const server = await startTruthServer({ host: process.argv[2] ?? '127.0.0.1', onRequest: note });

process.on('message', () => {
  void server.idle().then(() => process.send?.(report()));
});
process.on('disconnect', () => process.exit());

function report(): TruthReport {
  const counts = [...server.counts()].map(([path, { received }]) => [path, received]);
  return {
    url: server.url,
    nowMs: performance.now(),
    total: server.total(),
    received: Object.fromEntries(counts),
    lives: [...lives.values()],
  };
}

function note({ headers, socket }: IncomingMessage, response: ServerResponse): void {
  const user = headers['x-user'];
  const id = headers['x-life'];
  if (typeof user !== 'string' || typeof id !== 'string') return;
  const nowMs = performance.now();
  const life = lives.get(id) ?? {
    id,
    user: Number(user),
    address: socket.remoteAddress ?? '',
    firstMs: nowMs,
    lastMs: nowMs,
    requests: 0,
  };
  lives.set(id, life);
  life.requests += 1;
  life.lastMs = nowMs;
  response.once('finish', () => {
    life.lastMs = performance.now();
  });
}
