import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { startLineServer } from '../../examples/line-protocol/line-server.ts';
import { type PracticeFacts, startPracticeServer } from '../../examples/practice-server.ts';
import { TempFolder } from '../support/temp-folder.ts';
import {
  type LoadFileRun,
  type RunMode,
  runLoadFile,
  sentByRoute,
  statusesOfRoute,
} from './support/example-runs.ts';

const EXAMPLES = fileURLToPath(new URL('../../examples', import.meta.url));
const MODES: readonly RunMode[] = ['run', 'master'];

/** Four users, all of them started within the first quarter of a second. */
const FOUR_USERS = ['-u', '4', '-r', '20', '-t', '1s'];

/** What must be true of one example besides the counts, which must always agree. */
interface Example {
  readonly file: string;
  /** @default FOUR_USERS */
  readonly args?: readonly string[];
  /** Texts of the script and what the test has in their place: minutes are too long for it. */
  readonly shortened?: readonly (readonly [was: string, is: string])[];
  /** Besides 4, which says that the machine was too slow for the test. @default 0 */
  readonly status?: number;
  /** Requests of the script's own `fetch`, which are in no figure. */
  readonly unmeasured?: Readonly<Record<string, number>>;
  expects?(facts: PracticeFacts, run: LoadFileRun): void;
}

const EXAMPLE_TABLE: readonly Example[] = [
  {
    file: 'login-once.ts',
    expects: ({ logins }) =>
      expect(logins.toSorted()).toEqual(['user-0', 'user-1', 'user-2', 'user-3']),
  },
  {
    file: 'users-from-csv/loadfile.ts',
    args: ['-u', '5', '-r', '20', '-t', '1s'],
    expects: ({ logins }) =>
      expect(logins.toSorted()).toEqual(['ada', 'bela', 'chen', 'dora', 'emil']),
  },
  {
    file: 'shopping-flow.ts',
    // By iterations, not by time: however slow the machine is, each user gets as far as its orders.
    args: ['-u', '4', '-r', '20', '-n', '40'],
    expects: ({ orders, counts }) => {
      expect(orders.length).toBeGreaterThan(0);
      expect(new Set(orders.map((order) => order.length))).toEqual(new Set([2]));
      expect(orders).toHaveLength(requestsOf(counts, 'POST /checkout'));
    },
  },
  {
    file: 'poll-until-done.ts',
    expects: ({ polls, counts }) => {
      expect(Object.keys(polls)).toHaveLength(requestsOf(counts, 'POST /jobs'));
      expect(new Set(Object.values(polls))).toEqual(new Set([3]));
    },
  },
  {
    file: 'upload.ts',
    expects: ({ uploads, counts }) => {
      expect(uploads).toHaveLength(requestsOf(counts, 'POST /uploads'));
      expect(new Set(uploads.map((each) => `${each.name} ${each.bytes}`))).toEqual(
        new Set(['picture.png 50000']),
      );
    },
  },
  {
    file: 'tags.ts',
    args: [...FOUR_USERS, '-T', 'read', '-E', 'slow'],
    expects: ({ counts }) => expect(Object.keys(counts)).toEqual(['GET /products']),
  },
  {
    file: 'graphql.ts',
    expects: (_, { json }) =>
      expect(json.requests.map((row) => row.name)).toEqual([
        '/graphql Product',
        '/graphql Products',
      ]),
  },
  {
    file: 'pagination.ts',
    expects: ({ counts }) => expect(requestsOf(counts, 'GET /items') % 5).toBe(0),
  },
  {
    file: 'cleanup-on-stop.ts',
    expects: ({ counts, openRooms }) => {
      expect(openRooms).toEqual([]);
      expect(requestsOf(counts, 'POST /rooms')).toBe(4);
      expect(requestsOf(counts, 'DELETE /rooms/[id]')).toBe(4);
    },
  },
  {
    file: 'task-sets/nested.ts',
    expects: ({ counts }) => expect(requestsOf(counts, 'GET /products')).toBeGreaterThan(0),
  },
  {
    file: 'task-sets/markov.ts',
    expects: ({ counts }) =>
      // Nobody comes to a product but from the list.
      expect(requestsOf(counts, 'GET /products/[id]')).toBeLessThanOrEqual(
        requestsOf(counts, 'GET /products'),
      ),
  },
  {
    file: 'parallel-requests.ts',
    expects: ({ counts }) =>
      expect(requestsOf(counts, 'GET /assets/[id]')).toBe(3 * requestsOf(counts, 'GET /page')),
  },
  {
    file: 'sdk-fetch.ts',
    expects: ({ counts, openRooms }) => {
      expect(openRooms).toEqual([]);
      expect(requestsOf(counts, 'POST /rooms')).toBe(requestsOf(counts, 'DELETE /rooms/[id]'));
    },
  },
  {
    file: 'setup-and-teardown.ts',
    unmeasured: { 'POST /rooms': 1, 'DELETE /rooms/[id]': 1 },
    expects: ({ openRooms }) => expect(openRooms).toEqual([]),
  },
  {
    file: 'own-options.ts',
    args: [...FOUR_USERS, '--region', 'us', '--page-size', '50', '--api-key', 'k-0123456789'],
    expects: ({ marks, counts }, { runFile, stderr, stdout }) => {
      expect(marks).toEqual({ 'us-50': requestsOf(counts, 'GET /marked') });
      expect(runFile.includes('k-0123456789')).toBe(false);
      expect(stdout + stderr).not.toContain('k-0123456789');
    },
  },
  {
    file: 'messages.ts',
    args: ['-u', '4', '-r', '20', '-t', '60s'],
    expects: ({ marks }, { json }) => {
      const tickets = Array.from({ length: 12 }, (_, index) => [`ticket-${index + 1}`, 1]);
      expect(marks).toEqual(Object.fromEntries(tickets));
      expect(json.run.stopReason).toBe('users-done');
    },
  },
  { file: 'plain-javascript.mjs' },
  {
    file: 'request-log.ts',
    status: 1,
    expects: ({ counts }, { stderr }) =>
      expect(stderr.match(/GET \/gone: \d+ ms .*\{"user":[0-3]\}/g)).toHaveLength(
        requestsOf(counts, 'GET /gone'),
      ),
  },
  {
    file: 'shapes/double-wave.ts',
    args: [],
    shortened: [['timeLimit = 600', 'timeLimit = 4']],
    expects: (_, run) => expectShape(run, { most: 60 }),
  },
  {
    file: 'shapes/stages.ts',
    args: [],
    shortened: [
      ['until: 60,', 'until: 1,'],
      ['until: 100, users: 50', 'until: 2, users: 15'],
      ['until: 180, users: 100', 'until: 3, users: 20'],
      ['until: 220, users: 30', 'until: 4, users: 10'],
      ['until: 240,', 'until: 5,'],
    ],
    expects: (_, run) => expectShape(run, { most: 20 }),
  },
  {
    file: 'shapes/step-load.ts',
    args: [],
    shortened: [
      ['stepTime = 30', 'stepTime = 1'],
      ['stepLoad = 10', 'stepLoad = 3'],
      ['timeLimit = 600', 'timeLimit = 3'],
    ],
    expects: (_, run) => expectShape(run, { most: 12 }),
  },
];

/** Not load files, or (the last two) tested below by themselves. */
const OTHERS = [
  'demo.ts',
  'line-protocol/line-client.ts',
  'line-protocol/line-server.ts',
  'practice-server.ts',
  'exit-status.ts',
  'line-protocol/loadfile.ts',
  'several-hosts.ts',
];

describe.concurrent.each(MODES)('by katydid %s', (mode) => {
  it.each(EXAMPLE_TABLE)('$file arrives as katydid counts it', async (example) => {
    const server = await startPracticeServer();
    using folder = new TempFolder();
    try {
      const args = ['-H', server.url, ...(example.args ?? FOUR_USERS)];

      const run = await runLoadFile(mode, scriptOf(example, folder), args);

      const facts = server.facts();
      expectSameCounts(run, facts, example.unmeasured);
      expect(run.json.exceptions).toEqual([]);
      expect([example.status ?? 0, 4], run.stderr).toContain(run.status);
      example.expects?.(facts, run);
    } finally {
      await server.close();
    }
  });

  it('several-hosts.ts arrives at each of its two servers as katydid counts it', async () => {
    const [shop, search] = await Promise.all([startPracticeServer(), startPracticeServer()]);
    try {
      const hosts = ['--shop-url', shop.url, '--search-url', search.url];

      const run = await runLoadFile(mode, join(EXAMPLES, 'several-hosts.ts'), [
        ...FOUR_USERS,
        ...hosts,
      ]);

      expect(requestCounts(shop.facts().counts)).toEqual({
        'GET /products/[id]': sentByRoute(run.json)['GET /products/[id]'],
      });
      expect(requestCounts(search.facts().counts)).toEqual({
        'GET /search': sentByRoute(run.json)['GET /search'],
      });
      expect(run.json.total.failures).toBe(0);
    } finally {
      await Promise.all([shop.close(), search.close()]);
    }
  });

  it('exit-status.ts ends with what its own rule makes of the figures', async () => {
    const server = await startPracticeServer();
    try {
      const args = ['-H', server.url, ...FOUR_USERS];

      const run = await runLoadFile(mode, join(EXAMPLES, 'exit-status.ts'), args);

      const { requests, failures } = run.json.total;
      expectSameCounts(run, server.facts());
      expect([failures / requests > 0.01 ? 9 : 0, 4]).toContain(run.status);
    } finally {
      await server.close();
    }
  });

  it('line-protocol is counted like HTTP, command by command', async () => {
    const server = await startLineServer();
    try {
      const host = `LineReader.host=tcp://127.0.0.1:${server.port}`;
      const file = join(EXAMPLES, 'line-protocol/loadfile.ts');

      const run = await runLoadFile(mode, file, ['--set', host, ...FOUR_USERS]);

      const { GET, SET } = server.counts();
      expect(sentByRoute(run.json)).toEqual({ 'LINE GET': GET, 'LINE SET': SET });
      expect(GET).toBeGreaterThan(0);
      expect(run.json.ledger.sent).toBe((GET ?? 0) + (SET ?? 0));
      expect(run.json.exceptions).toEqual([]);
    } finally {
      await server.close();
    }
  });
});

describe('the examples', () => {
  it('are all run by this file', () => {
    const files = readdirSync(EXAMPLES, { recursive: true, encoding: 'utf8' });

    const scripts = files.filter((file) => /\.m?[tj]s$/.test(file));

    const known = [...OTHERS, ...EXAMPLE_TABLE.map(({ file }) => file)];
    expect(scripts.toSorted()).toEqual(known.toSorted());
  });
});

/** The example itself, or a copy where it is to be shorter. */
function scriptOf({ file, shortened }: Example, folder: TempFolder): string {
  const path = join(EXAMPLES, file);
  if (shortened === undefined) return path;
  let text = readFileSync(path, 'utf8');
  for (const [was, is] of shortened) {
    expect(text).toContain(was);
    text = text.replace(was, is);
  }
  return folder.write('loadfile.ts', text);
}

/** Every exchange was counted once, under its name and status, and no other. */
function expectSameCounts(
  { json }: LoadFileRun,
  { counts }: PracticeFacts,
  unmeasured: Readonly<Record<string, number>> = {},
): void {
  const sent = { ...sentByRoute(json) };
  for (const [route, count] of Object.entries(unmeasured)) sent[route] = (sent[route] ?? 0) + count;
  expect(sent).toEqual(requestCounts(counts));
  const measured = Object.entries(counts).filter(([route]) => !(route in unmeasured));
  for (const [route, { statuses }] of measured) {
    expect(statusesOfRoute(json, route), route).toEqual(statuses);
  }
}

function expectShape({ json }: LoadFileRun, { most }: { readonly most: number }): void {
  expect(json.run.stopReason).toBe('shape');
  const peak = Math.max(...json.timeline.map(({ users }) => users));
  expect(peak).toBeGreaterThan(0);
  expect(peak).toBeLessThanOrEqual(most);
}

function requestsOf(counts: PracticeFacts['counts'], route: string): number {
  return counts[route]?.requests ?? 0;
}

function requestCounts(counts: PracticeFacts['counts']): Record<string, number> {
  return Object.fromEntries(
    Object.entries(counts).map(([route, { requests }]) => [route, requests]),
  );
}
