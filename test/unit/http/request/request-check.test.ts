import { describe, expect, it } from 'vitest';
import { ScriptError } from '../../../../src/base/errors.ts';
import type { HttpEngine } from '../../../../src/http/exchange/engine.ts';
import { HttpSession } from '../../../../src/http/http-session.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { RecordingSink } from '../../../support/recording-sink.ts';

/** As scripts in JavaScript see it: they may pass anything. */
// biome-ignore lint/suspicious/noExplicitAny: calls that no type allows are what is tested
type AnyClient = any;

/** A client that counts what it would send. */
function countingClient() {
  let started = 0;
  const engine: HttpEngine = {
    connectionSet: () => ({
      start: () => {
        started += 1;
      },
      close: () => undefined,
    }),
    rest: () => undefined,
  };
  const parts = { sink: new RecordingSink(), engine, clock: new FakeClock(), baseUrl: 'http://h' };
  const client: AnyClient = new HttpSession(parts);
  return { client, started: () => started };
}

describe('a request that is none', () => {
  it.each<[string, (client: AnyClient) => unknown, string]>([
    [
      'the body as the second argument, as in Locust',
      (client) => client.post('/login', { username: 'ellen', password: 'x' }),
      "client.post('/login'): the second argument holds options, and `username, password` is none; did you mean `{ form: { … } }` or `{ json: { … } }`?",
    ],
    [
      'the query as the second argument, as in requests',
      (client) => client.get('/find', { q: 'a' }),
      "client.get('/find'): the second argument holds options, and `q` is none; did you mean `{ params: { … } }`?",
    ],
    [
      'a slip in an option',
      (client) => client.get('/', { chekc: () => true }),
      "client.get('/'): there is no option `chekc`; did you mean `check`?",
    ],
    [
      'a slip beside an option that is right',
      (client) => client.post('/', { json: {}, nmae: 'x' }),
      "client.post('/'): there is no option `nmae`; did you mean `name`?",
    ],
    [
      "Locust's data",
      (client) => client.post('/', { data: 'a' }),
      "client.post('/'): there is no option `data`; write `form: { … }`, `json: …` or `body: …`",
    ],
    [
      "Locust's catch_response",
      (client) => client.get('/', { catch_response: true }),
      'client.get(\'/\'): there is no option `catch_response`; write `check: (answer) => … || "why not"`',
    ],
    [
      "Locust's allow_redirects",
      (client) => client.get('/', { allow_redirects: false }),
      "client.get('/'): there is no option `allow_redirects`; write `redirect: 'manual'`",
    ],
    [
      'a text as the second argument',
      (client) => client.put('/', 'hello'),
      "client.put('/'): the second argument is an object of options, found 'hello'; did you mean `{ form: { … } }` or `{ json: { … } }`?",
    ],
    [
      'a list as the second argument',
      (client) => client.get('/', [1, 2]),
      "client.get('/'): the second argument is an object of options, found [ 1, 2 ]; did you mean `{ params: { … } }`?",
    ],
    [
      'null as the second argument',
      (client) => client.get('/', null),
      "client.get('/'): the second argument is an object of options, found null; did you mean `{ params: { … } }`?",
    ],
    [
      'no URL',
      (client) => client.get(),
      'client.get: the first argument is a path or a URL; none was given',
    ],
    [
      'a URL that is an object',
      (client) => client.get({ url: '/' }),
      "client.get: the first argument is a path or a URL; found { url: '/' }",
    ],
    [
      'no method',
      (client) => client.request(undefined, '/'),
      "client.request: the method comes first, as in request('GET', '/'); found undefined",
    ],
    [
      'a timeout that is a text',
      (client) => client.get('/', { timeout: '5' }),
      "client.get('/'): timeout: expected seconds of 0 or more, found '5'",
    ],
    [
      'a check that is no function',
      (client) => client.get('/', { check: true }),
      "client.get('/'): check: expected a function, found true",
    ],
    [
      'redirect as in fetch',
      (client) => client.get('/', { redirect: 'error' }),
      "client.get('/'): redirect: expected 'follow' or 'manual', found 'error'",
    ],
    [
      'auth that is no pair, without the password in the message',
      (client) => client.get('/', { auth: ['user', 'pa55', 'x'] }),
      "client.get('/'): auth: expected [user, password], found 'a list of 3'",
    ],
    [
      'a body that is a plain object',
      (client) => client.post('/', { body: { a: 1 } }),
      "client.post('/'): body: a plain object or list is no body; write `json: …` or `form: …`",
    ],
    [
      'a number as params',
      (client) => client.get('/', { params: 5 }),
      "client.get('/'): params: expected an object of its entries, found 5",
    ],
    [
      'another key for extend',
      (client) => client.extend({ baseURL: 'http://h2' }),
      'client.extend takes baseUrl and headers, and no baseURL',
    ],
    [
      "Locust's name of the base URL",
      (client) => client.base_url,
      'this.client has no base_url in katydid: write this.client.baseUrl',
    ],
    [
      'verify of the session',
      (client) => {
        client.verify = false;
      },
      'this.client has no verify in katydid: write `static http = { insecure: true }` or `{ ca }` in the class',
    ],
  ])('is refused before anything is sent: %s', (_, ask, message) => {
    const { client, started } = countingClient();

    expect(() => ask(client)).toThrow(new ScriptError(message));
    expect(started()).toBe(0);
  });

  it.each<[string, (client: AnyClient) => unknown]>([
    ['options that are undefined', (client) => client.get('/', undefined)],
    [
      'values that are undefined',
      (client) => client.get('/', { name: undefined, check: undefined, body: undefined }),
    ],
    ['an empty object', (client) => client.post('/', {})],
    ['a URL object', (client) => client.get(new URL('http://h/'))],
    ['bytes, a blob, a form', (client) => client.post('/', { body: new Uint8Array(3) })],
    ['a list of pairs as params', (client) => client.get('/', { params: [['a', 1]] })],
    ['json that is null', (client) => client.post('/', { json: null })],
  ])('is not what the script asked for here: %s', (_, ask) => {
    const { client, started } = countingClient();

    ask(client);

    expect(started()).toBe(1);
  });
});
