import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startTruthServer, type TruthServer } from '../../support/truth-server.ts';

let server: TruthServer;

beforeEach(async () => {
  server = await startTruthServer();
});
afterEach(() => server.close());

const get = (path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(server.url + path, init);

describe('the ground-truth server', () => {
  it('counts what it received and answered, by path and status', async () => {
    const answers = await Promise.all(Array.from({ length: 100 }, () => get('/mixed?a=b')));
    await Promise.all(answers.map((answer) => answer.text()));
    await server.idle();

    expect(server.total()).toBe(100);
    expect(server.counts().get('/mixed')).toStrictEqual({
      received: 100,
      statuses: new Map([
        [200, 70],
        [404, 20],
        [503, 10],
      ]),
      dropped: 0,
    });
  });

  it('counts each hop of a redirect under its own path', async () => {
    expect(await (await get('/redirect/2')).text()).toBe('arrived');

    expect([...server.counts().keys()]).toEqual(['/redirect/2', '/redirect/1', '/redirect/0']);
  });

  it.each(['/drop', '/drop-mid'])('counts %s as dropped', async (path) => {
    await expect(get(path).then((answer) => answer.text())).rejects.toThrow();
    await server.idle();

    expect(server.counts().get(path)).toStrictEqual({
      received: 1,
      statuses: new Map(),
      dropped: 1,
    });
  });

  it('packs, echoes, sets cookies and gives large bodies', async () => {
    const echo = await get('/echo', { method: 'PUT', body: 'abc' });

    expect(await (await get('/gzip')).json()).toStrictEqual({ packed: true });
    expect(await echo.text()).toBe('abc');
    expect(echo.headers.get('x-method')).toBe('PUT');
    expect((await get('/cookie')).headers.get('set-cookie')).toBe('visits=1; Path=/');
    expect((await (await get('/large/3000000')).arrayBuffer()).byteLength).toBe(3_000_000);
  });

  it('is slow where asked, and closes while an answer is under way', async () => {
    const startedAt = performance.now();
    await get('/slow/50');
    expect(performance.now() - startedAt).toBeGreaterThan(45);

    const pending = get('/slow/60000').catch(() => 'cut');
    while (server.counts().get('/slow/60000') === undefined) {
      await new Promise((resolve) => setTimeout(resolve, 1));
    }
    await server.close();

    expect(await pending).toBe('cut');
  });
});
