import { createServer, type Server } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { SocketBudget } from '../../../src/http/connection/socket-budget.ts';
import { HttpSession } from '../../../src/http/http-session.ts';
import { openEngine } from '../../../src/http/open-engine.ts';
import { RecordingSink } from '../../support/recording-sink.ts';

let server: Server;
let baseUrl = '';

beforeEach(async () => {
  server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok'));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  baseUrl = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});

afterEach(() => new Promise((resolve) => server.close(resolve)));

describe.each(['raw', 'undici'] as const)('%s with 2 sockets for 3 users', (choice) => {
  it('fails the third as EMFILE, not sent, and has it connect once one of the others is gone', async () => {
    const engine = await openEngine(choice, systemClock, [], new SocketBudget(2));
    const sink = new RecordingSink();
    const users = [1, 2, 3].map(
      () => new HttpSession({ sink, engine, clock: systemClock, baseUrl, options: {} }),
    );
    const errors = [];
    for (const user of users) errors.push((await user.get('/')).error);
    expect(errors).toEqual([undefined, undefined, 'EMFILE']);
    expect(sink.requests.map(({ sent }) => sent)).toEqual([true, true, false]);
    users[0]?.close();
    await expect.poll(async () => (await users[2]?.get('/'))?.error).toBeUndefined();
    for (const user of users) user.dispose();
    engine.rest();
  });
});
