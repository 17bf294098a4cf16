import { describe, expect, it } from 'vitest';
import { loadScript } from '../../../src/script/load-script.ts';
import type { FunctionTask } from '../../../src/script/task-plan.ts';
import { urlBundle } from '../../../src/script/url-script.ts';

describe('urlBundle', () => {
  it('makes a class UrlUser whose one task sends the request, with any text in it', async () => {
    const headers = { 'x-a': '"`$' + '{1}\u2028' };
    const bundle = urlBundle({
      url: 'https://h.test:81/p/a?q=1#f',
      headers,
      body: "it's `x` </script>",
    });
    const { classes } = await loadScript(bundle);
    const calls: unknown[][] = [];
    const task = classes[0]?.plan.tasks[0] as FunctionTask;

    await task.run.call({ client: { request: (...args: unknown[]) => calls.push(args) } });

    expect(bundle.name).toBe('https://h.test:81/p/a?q=1#f');
    expect(classes[0]).toMatchObject({ name: 'UrlUser', host: 'https://h.test:81', isHttp: true });
    expect(calls).toEqual([['POST', '/p/a?q=1', { headers, body: "it's `x` </script>" }]]);
  });

  it.each([
    ['h.test/path', 'h.test/path: expected a URL that begins with http:// or https://'],
    ['ftp://h.test/', 'ftp://h.test/: expected a URL that begins with http:// or https://'],
    [
      'http://u:secret@h.test/',
      'the URL carries a user name or password, which would show in every report',
    ],
  ])('refuses %s', (url, message) => {
    expect(() => urlBundle({ url })).toThrow(message);
  });
});
