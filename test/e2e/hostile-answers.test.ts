import { describe, expect, test } from 'vitest';
import { ATTACKS, HostileServer } from '../support/hostile-server.ts';
import { TempFolder } from '../support/temp-folder.ts';
import { expectOutputsAgree } from './support/expect-truth.ts';
import { type FinishedRun, finishRun, startRun } from './support/katydid-run.ts';
import { peakMemoryMb } from './support/peak-memory.ts';
import { onTheWire } from './support/summarized-run.ts';

/** A worker with nothing to do has 90 MB; what an attack may add is bounded by bodies of 1 MB. */
const MOST_MEMORY_MB = 400;
const USERS = 4;

/** Each user asks for every attack once, after each other, and is done. */
const VICTIM = `
  import { HttpUser, StopUser, task } from 'katydid';
  const names: string[] = ${JSON.stringify(Object.keys(ATTACKS))};
  export class Victim extends HttpUser {
    static http = { timeout: 1, maxBody: 1024 * 1024, maxRedirects: 5 };
    @task async all() {
      for (const name of names) await this.client.get('/' + name);
      throw new StopUser();
    }
  }
`;

/** What both engines must say; where they may differ (a parser's reasons), only that it is no answer. */
const VERDICTS: Readonly<Record<string, RegExp | 'ok'>> = {
  garbage: /^bad response: /,
  'endless-body': /^body over 1 MB$/,
  'endless-length': /^body over 1 MB$/,
  'endless-chunks': /^body over 1 MB$/,
  'endless-headers': /^bad response: headers over 64 kB$/,
  upgrade: /^bad response: unexpected/,
  silence: /^timeout after 1 s$/,
  drip: /^timeout after 1 s$/,
  'drip-body': /^timeout after 1 s$/,
  close: /^ECONNRESET$/,
  'close-in-head': /^ECONNRESET$/,
  'close-in-body': /^ECONNRESET$/,
  'close-in-chunk': /^ECONNRESET$/,
  reset: /^ECONNRESET$/,
  'reset-in-body': /^ECONNRESET$/,
  'two-lengths': /^bad response: /,
  'long-body': 'ok',
  'bad-chunk': /^bad response: /,
  'nul-header': /^bad response: /,
  'escape-chunk': /^bad response: /,
  loop: /^too many redirects \(5\)$/,
  'loop-of-bodies': /^body over 1 MB$/,
  'bomb-gzip': /^body over 1 MB$/,
  'bomb-deflate': /^body over 1 MB$/,
  'bomb-br': /^body over 1 MB$/,
  'bomb-zstd': /^body over 1 MB$/,
  'cut-gzip': /^bad response: gzip$/,
  'many-codings': /^bad response: content-encoding$/,
  cookies: 'ok',
  'huge-cookie': 'ok',
};

describe.each(['raw', 'undici'])(
  'a server that does its worst, asked by the engine %s',
  (engine) => {
    test('is counted as it counts itself, attack by attack, in bounded memory', async ({
      onTestFinished,
    }) => {
      const server = new HostileServer();
      await server.listen();
      onTestFinished(() => server.close());
      using folder = new TempFolder();
      const args = ['-H', server.url, '-u', String(USERS), '-r', '50', '--http-engine', engine];

      using katydid = startRun(folder, { loadfile: VICTIM, args });
      const [peakMb, run] = await Promise.all([peakMemoryMb(katydid), finishRun(folder, katydid)]);

      expect(sentByPath(run)).toEqual(server.counts());
      expectOutputsAgree(run);
      expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0 });
      for (const [name, verdict] of Object.entries(VERDICTS)) {
        const errors = run.json.errors.filter((each) => each.name === `/${name}`);
        if (verdict === 'ok') expect(errors, name).toEqual([]);
        else
          expect(errors, name).toEqual([
            expect.objectContaining({ error: expect.stringMatching(verdict), occurrences: USERS }),
          ]);
      }
      expect(peakMb).toBeLessThan(MOST_MEMORY_MB);
      expect(run.status, run.stderr).toBe(run.json.verdict.validity === 'invalid' ? 4 : 1);
      expect(run.stdout + run.stderr).not.toMatch(/[^\P{Cc}\n]/u);
    });
  },
);

/** What went on the wire by path: what the server must have counted. */
function sentByPath({ json }: FinishedRun): Readonly<Record<string, number>> {
  return Object.fromEntries(json.requests.map((row) => [row.name, onTheWire(row)] as const).sort());
}

test('a port that answers a TLS handshake with garbage is a failure that was not sent', async ({
  onTestFinished,
}) => {
  const server = new HostileServer();
  await server.listen();
  onTestFinished(() => server.close());
  using folder = new TempFolder();
  const loadfile = `
    import { HttpUser, StopUser, task } from 'katydid';
    export class Victim extends HttpUser {
      static http = { timeout: 1 };
      @task async secure() {
        await this.client.get('https://127.0.0.1:${server.port}/secure', { name: '/secure' });
        throw new StopUser();
      }
    }`;
  server.answerHellosWith('no TLS at all \u001b[2J');

  using katydid = startRun(folder, { loadfile, args: ['-H', server.url, '-u', '4', '-r', '50'] });
  const run = await finishRun(folder, katydid);

  expect(run.json.ledger).toMatchObject({ sent: 0, failed: 4, notSent: 4 });
  expect(run.json.errors).toEqual([
    expect.objectContaining({ error: expect.stringMatching(/^TLS: [A-Z_]+$/), occurrences: 4 }),
  ]);
});
