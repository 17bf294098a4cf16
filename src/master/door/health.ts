import type { ServerResponse } from 'node:http';
import type { Refusal } from './refusal.ts';

/** HTTP path on the master's port that says whether the master can do its work. */
export const HEALTH_PATH = '/health';

/** Any other method than GET and HEAD at `HEALTH_PATH`. */
export const WRONG_METHOD: Refusal = {
  status: '405 Method Not Allowed',
  message: 'a health check with another method than GET or HEAD',
  hint: 'Use GET or HEAD.',
  headers: { allow: 'GET, HEAD' },
};

/** Answers a health check with the status alone: the client has proven nothing, and learns nothing else. */
export function answerHealth(response: ServerResponse, isHealthy: boolean): void {
  response.writeHead(isHealthy ? 200 : 503, {
    'content-length': 0,
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end();
}
