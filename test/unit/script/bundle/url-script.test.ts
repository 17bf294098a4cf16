import { describe, expect, it } from 'vitest';
import { type UrlRequests, urlBundle } from '../../../../src/script/bundle/url-script.ts';
import { loadScript } from '../../../../src/script/load/load-script.ts';
import type { FunctionTask } from '../../../../src/script/model/task-plan.ts';

/** The calls that the first iterations of user `index` make on its client. */
async function callsOf(requests: UrlRequests, index = 0, iterations = 1): Promise<unknown[][]> {
  const { classes } = await loadScript(urlBundle(requests));
  const calls: unknown[][] = [];
  const task = classes[0]?.plan.tasks[0] as FunctionTask;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    await task.run.call({
      index,
      iteration,
      client: { request: (...args: unknown[]) => calls.push(args) },
    });
  }
  return calls;
}

function requestsFor(...targets: string[]): UrlRequests {
  return {
    name: 'urls.txt',
    targets: targets.map((text) => {
      const [method = '', url = ''] = text.split(' ');
      return { method, url };
    }),
    headers: [],
  };
}

describe('urlBundle', () => {
  it('makes a class UrlUser whose one task sends the request, with any text in it', async () => {
    const value = '"`$' + '{1}\u2028';
    const body = "it's `x` </script>";
    const requests: UrlRequests = {
      name: 'https://h.test:81/p/a?q=1#f',
      targets: [{ method: 'POST', url: 'https://h.test:81/p/a?q=1#f' }],
      headers: [['X-A', value]],
      body: Buffer.from(body),
    };

    const bundle = urlBundle(requests);
    const { classes } = await loadScript(bundle);
    const calls = await callsOf(requests);

    expect(bundle.name).toBe('https://h.test:81/p/a?q=1#f');
    expect(classes[0]).toMatchObject({ name: 'UrlUser', host: 'https://h.test:81', isHttp: true });
    expect(calls).toEqual([
      ['POST', '/p/a?q=1', { headers: { 'x-a': value }, body: Buffer.from(body) }],
    ]);
  });

  it('sends bodies that are no text as they are', async () => {
    const body = Uint8Array.from([0, 255, 128, 10]);

    const [call] = await callsOf({ ...requestsFor('PUT http://h.test/'), body });

    expect(call?.[2]).toMatchObject({ body: Buffer.from(body) });
  });

  it('keeps each value of a header that comes twice, in any case', async () => {
    const headers = [
      ['Accept', 'a'],
      ['X-Y', '1'],
      ['accept', 'b'],
      ['ACCEPT', 'c'],
    ] as const;

    const [call] = await callsOf({ ...requestsFor('GET http://h.test/'), headers });

    expect(call?.[2]).toEqual({ headers: { accept: ['a', 'b', 'c'], 'x-y': '1' } });
  });

  it('goes round several targets, each user beginning with the one of its own number', async () => {
    const requests = requestsFor(
      'GET http://h.test/a',
      'POST http://h.test/b',
      'GET http://h.test/c',
    );

    const first = await callsOf(requests, 0, 4);
    const fifth = await callsOf(requests, 4, 2);

    expect(first.map(([method, url]) => `${method} ${url}`)).toEqual([
      'GET /a',
      'POST /b',
      'GET /c',
      'GET /a',
    ]);
    expect(fifth.map(([, url]) => url)).toEqual(['/b', '/c']);
  });

  it('takes targets on several hosts as absolute URLs, and needs no host', async () => {
    const requests = requestsFor('GET http://a.test/x', 'GET https://b.test:8443/y?z=1');

    const { classes } = await loadScript(urlBundle(requests));

    expect(classes[0]?.host).toBeUndefined();
    expect((await callsOf(requests, 0, 2)).map(([, url]) => url)).toEqual([
      'http://a.test/x',
      'https://b.test:8443/y?z=1',
    ]);
  });

  it('leaves paths alone, for --host to say where they are', async () => {
    const requests = requestsFor('GET /x?y=1', 'GET /z');

    const { classes } = await loadScript(urlBundle(requests));

    expect(classes[0]?.host).toBeUndefined();
    expect((await callsOf(requests, 0, 2)).map(([, url]) => url)).toEqual(['/x?y=1', '/z']);
  });

  it.each([
    ['h.test/path', 'h.test/path: expected a URL that begins with http:// or https://'],
    ['ftp://h.test/', 'ftp://h.test/: expected a URL that begins with http:// or https://'],
    [
      'http://u:secret@h.test/',
      'the URL carries a user name or password, which would show in every report',
    ],
  ])('refuses %s', (url, message) => {
    expect(() => urlBundle(requestsFor(`GET ${url}`))).toThrow(message);
  });
});
