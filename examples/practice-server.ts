// The service that the examples put under load: a small shop with logins, jobs, uploads and more, all in
// memory. It needs nothing but Node:
//
//   node examples/practice-server.ts 8000
//
// It counts what it is asked, so that the figures of a run can be held against it: GET /__counts.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pathToFileURL } from 'node:url';

/** What was asked for, and what became of it. */
export interface PracticeFacts {
  /** Requests by method and route, as in `GET /products/[id]`; answered ones by status too. */
  readonly counts: Record<string, { requests: number; statuses: Record<string, number> }>;
  /** Who logged in, one entry a login. */
  readonly logins: string[];
  /** Logged in and not out. */
  readonly openSessions: number;
  /** What was bought, one list an order. */
  readonly orders: string[][];
  /** Rooms that were opened and not closed. */
  readonly openRooms: string[];
  /** Name and size of each file that came. */
  readonly uploads: { readonly name: string; readonly bytes: number }[];
  /** How often each job was asked for, by its number. */
  readonly polls: Record<string, number>;
  /** The `x-…` headers and tokens that came, with how often. */
  readonly marks: Record<string, number>;
}

/** A server that is listening. */
export interface PracticeServer {
  /** Such as `http://127.0.0.1:8000`. */
  readonly url: string;
  /** A copy of the facts of this moment. */
  facts(): PracticeFacts;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

interface Asked {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
  /** What stands in place of `[id]` in the route. */
  readonly id: string;
}

interface Answer {
  readonly status: number;
  readonly json?: unknown;
  readonly html?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

type Route = readonly [route: string, answer: (asked: Asked) => Answer | Promise<Answer>];

const ITEMS_ON_A_PAGE = 10;
const ITEMS = 45;
const POLLS_UNTIL_DONE = 3;
const LARGEST_BODY_BYTES = 10_000_000;
const MOST_UNKNOWN_ROUTES = 100;

/**
 * Starts the service.
 *
 * @param port - 0 for any free one.
 */
export async function startPracticeServer(port = 0): Promise<PracticeServer> {
  const shop = new Shop();
  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void take(shop, request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  // It listens on a port, so its address is no name of a pipe.
  const address = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${address.port}`,
    facts: () => shop.facts(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function take(shop: Shop, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += chunk.length;
    if (bytes <= LARGEST_BODY_BYTES) chunks.push(chunk);
  }
  const url = new URL(request.url ?? '/', 'http://127.0.0.1');
  const { method = 'GET', headers } = request;
  const { status, json, html, ...rest } = await shop.answer({
    method,
    url,
    headers,
    body: Buffer.concat(chunks),
    id: '',
  });
  const text = html ?? (json === undefined ? '' : JSON.stringify(json));
  const type = html === undefined ? 'application/json' : 'text/html; charset=utf-8';
  response.writeHead(status, {
    ...(text === '' ? {} : { 'content-type': type }),
    ...(status === 204 ? {} : { 'content-length': Buffer.byteLength(text) }),
    ...rest.headers,
  });
  response.end(text);
}

class Shop {
  readonly #counts: PracticeFacts['counts'] = {};
  readonly #logins: string[] = [];
  /** Users by session number. */
  readonly #sessions = new Map<string, string>();
  readonly #carts = new Map<string, string[]>();
  readonly #orders: string[][] = [];
  readonly #rooms = new Set<string>();
  readonly #uploads: PracticeFacts['uploads'] = [];
  readonly #polls: Record<string, number> = {};
  readonly #marks: Record<string, number> = {};
  readonly #unknown = new Set<string>();
  #number = 0;

  readonly #routes: readonly Route[] = [
    ['GET /', () => ok({ shop: 'open' })],
    ['GET /hello', () => ok({ hello: 'world' })],
    ['GET /__counts', () => ok(this.facts())],
    ['POST /login', (asked) => this.#login(asked)],
    ['POST /logout', (asked) => this.#logout(asked)],
    ['GET /account', (asked) => this.#asUser(asked, (user) => ok({ user }))],
    ['GET /products', () => ok(productNames().map((id) => ({ id })))],
    ['GET /products/[id]', ({ id }) => this.#product(id)],
    ['POST /cart', (asked) => this.#asUser(asked, (user) => this.#addToCart(user, asked))],
    ['GET /cart', (asked) => this.#asUser(asked, (user) => ok(this.#carts.get(user) ?? []))],
    ['POST /checkout', (asked) => this.#asUser(asked, (user) => this.#checkout(user))],
    ['POST /jobs', () => this.#startJob()],
    ['GET /jobs/[id]', ({ id }) => this.#poll(id)],
    ['POST /uploads', (asked) => this.#upload(asked)],
    ['POST /graphql', (asked) => graphql(asked)],
    ['GET /items', ({ url }) => items(url)],
    ['GET /search', ({ url }) => ok({ found: url.searchParams.get('q') ?? '' })],
    ['POST /rooms', () => this.#openRoom()],
    ['GET /rooms/[id]', ({ id }) => (this.#rooms.has(id) ? ok({ id }) : notFound())],
    ['DELETE /rooms/[id]', ({ id }) => (this.#rooms.delete(id) ? { status: 204 } : notFound())],
    ['GET /page', () => ({ status: 200, html: PAGE })],
    ['GET /assets/[id]', ({ id }) => ok({ asset: id })],
    ['GET /marked', (asked) => this.#marked(asked)],
  ];

  facts(): PracticeFacts {
    return structuredClone({
      counts: this.#counts,
      logins: this.#logins,
      openSessions: this.#sessions.size,
      orders: this.#orders,
      openRooms: [...this.#rooms],
      uploads: this.#uploads,
      polls: this.#polls,
      marks: this.#marks,
    });
  }

  async answer(asked: Asked): Promise<Answer> {
    const { name, route, id } = this.#routeOf(asked);
    if (name === 'GET /__counts') return ok(this.facts());
    this.#counts[name] ??= { requests: 0, statuses: {} };
    const count = this.#counts[name];
    count.requests += 1;
    const answer = (await route?.({ ...asked, id })) ?? notFound();
    count.statuses[answer.status] = (count.statuses[answer.status] ?? 0) + 1;
    return answer;
  }

  #routeOf({ method, url }: Asked): { name: string; route: Route[1] | undefined; id: string } {
    for (const [name, route] of this.#routes) {
      const beforeId = name.replace('[id]', '');
      const wanted = `${method} ${url.pathname}`;
      if (wanted === name) return { name, route, id: '' };
      const id = wanted.slice(beforeId.length);
      if (beforeId === name || !wanted.startsWith(beforeId) || id === '') continue;
      return { name, route, id };
    }
    // Bounded, whatever a script asks for.
    const isNew = this.#unknown.size < MOST_UNKNOWN_ROUTES;
    const name = `${method} ${url.pathname}`;
    if (isNew) this.#unknown.add(name);
    return { name: this.#unknown.has(name) ? name : 'others', route: undefined, id: '' };
  }

  #login({ body }: Asked): Answer {
    const { user, password } = fieldsOf(body);
    if (typeof user !== 'string' || password !== `secret-${user}`) {
      return { status: 401, json: { error: 'wrong user or password' } };
    }
    const session = this.#next('s');
    this.#sessions.set(session, user);
    this.#logins.push(user);
    const headers = { 'set-cookie': `session=${session}; Path=/; HttpOnly` };
    return { status: 200, json: { token: session }, headers };
  }

  #logout({ headers }: Asked): Answer {
    const isKnown = this.#sessions.delete(sessionOf(headers));
    return isKnown ? { status: 204 } : { status: 401, json: { error: 'not logged in' } };
  }

  #asUser({ headers }: Asked, then: (user: string) => Answer): Answer {
    const user = this.#sessions.get(sessionOf(headers));
    return user === undefined ? { status: 401, json: { error: 'not logged in' } } : then(user);
  }

  #product(id: string): Answer {
    return productNames().includes(id) ? ok({ id, priceCents: 100 * id.length }) : notFound();
  }

  #addToCart(user: string, { body }: Asked): Answer {
    const { product } = fieldsOf(body);
    if (typeof product !== 'string' || !productNames().includes(product)) return notFound();
    const cart = this.#carts.get(user) ?? [];
    cart.push(product);
    this.#carts.set(user, cart);
    return { status: 201, json: { items: cart.length } };
  }

  #checkout(user: string): Answer {
    const cart = this.#carts.get(user) ?? [];
    if (cart.length === 0) return { status: 409, json: { error: 'the cart is empty' } };
    this.#carts.delete(user);
    this.#orders.push(cart);
    return { status: 201, json: { order: this.#orders.length, items: cart.length } };
  }

  #startJob(): Answer {
    const id = this.#next('job');
    this.#polls[id] = 0;
    return { status: 202, json: { id }, headers: { location: `/jobs/${id}` } };
  }

  #poll(id: string): Answer {
    const polls = this.#polls[id];
    if (polls === undefined) return notFound();
    this.#polls[id] = polls + 1;
    return ok({ id, state: polls + 1 >= POLLS_UNTIL_DONE ? 'done' : 'running' });
  }

  async #upload({ body, headers }: Asked): Promise<Answer> {
    const form = await new Response(new Uint8Array(body), {
      headers: { 'content-type': headers['content-type'] ?? '' },
    })
      .formData()
      .catch(() => undefined);
    const file = form?.get('file');
    if (!(file instanceof File)) return { status: 400, json: { error: 'no file in the form' } };
    this.#uploads.push({ name: file.name, bytes: file.size });
    return { status: 201, json: { name: file.name, bytes: file.size } };
  }

  #openRoom(): Answer {
    const id = this.#next('room');
    this.#rooms.add(id);
    return { status: 201, json: { id } };
  }

  #marked({ headers, url }: Asked): Answer {
    const mark = String(headers['x-mark'] ?? url.searchParams.get('mark') ?? 'none');
    this.#marks[mark] = (this.#marks[mark] ?? 0) + 1;
    return ok({ mark });
  }

  #next(prefix: string): string {
    this.#number += 1;
    return `${prefix}-${this.#number}`;
  }
}

const PAGE = `<!doctype html><title>shop</title>
<link rel="stylesheet" href="/assets/style.css">
<script src="/assets/shop.js"></script>
<img src="/assets/front.jpg">`;

function productNames(): readonly string[] {
  return ['apple', 'bread', 'candle', 'drum', 'egg'];
}

function items(url: URL): Answer {
  const page = Number(url.searchParams.get('page') ?? 1);
  const first = (page - 1) * ITEMS_ON_A_PAGE;
  if (!Number.isInteger(page) || first < 0 || first >= ITEMS) return notFound();
  const count = Math.min(ITEMS_ON_A_PAGE, ITEMS - first);
  const hasNext = first + count < ITEMS;
  return ok({
    items: Array.from({ length: count }, (_, index) => ({ id: first + index })),
    next: hasNext ? `/items?page=${page + 1}` : null,
  });
}

/** Answers `product(id)` and `products`; a mistake comes with status 200, as GraphQL has it. */
function graphql({ body }: Asked): Answer {
  const { operationName, variables } = fieldsOf(body);
  if (operationName === 'Products') return ok({ data: { products: productNames() } });
  if (operationName !== 'Product') return ok({ errors: [{ message: 'unknown operation' }] });
  const id = typeof variables === 'object' && variables !== null && Reflect.get(variables, 'id');
  if (typeof id === 'string' && productNames().includes(id))
    return ok({ data: { product: { id } } });
  return ok({ data: { product: null }, errors: [{ message: 'no such product' }] });
}

function sessionOf(headers: IncomingMessage['headers']): string {
  const bearer = /^Bearer (\S+)$/.exec(headers.authorization ?? '')?.[1];
  return bearer ?? /(?:^|; )session=([^;]+)/.exec(headers.cookie ?? '')?.[1] ?? '';
}

function fieldsOf(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(body.toString());
    return typeof value === 'object' && value !== null ? { ...value } : {};
  } catch {
    // No JSON: then a form, as browsers send it.
    return Object.fromEntries(new URLSearchParams(body.toString()));
  }
}

function ok(json: unknown): Answer {
  return { status: 200, json };
}

function notFound(): Answer {
  return { status: 404, json: { error: 'not found' } };
}

// Started by hand, and not imported.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { url } = await startPracticeServer(Number(process.argv[2] ?? 8000));
  console.log(`practice server: ${url}, counts at ${url}/__counts; Ctrl-C ends it`);
}
