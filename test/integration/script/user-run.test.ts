import { execFile } from 'node:child_process';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { HttpSession } from '../../../src/http/http-session.ts';
import { undiciEngine } from '../../../src/http/undici/undici-engine.ts';
import type { ExchangeSink } from '../../../src/measure/exchange-sink.ts';
import { bundleScript } from '../../../src/script/bundle/bundle.ts';
import { environment } from '../../../src/script/host/environment.ts';
import type { UserEnd } from '../../../src/script/run/user-life.ts';
import { UserRun } from '../../../src/script/run/user-run.ts';
import { traceOf } from '../../../src/script/trace/trace.ts';
import { loadedScript } from '../../support/loaded-script.ts';
import { TempFolder } from '../../support/temp-folder.ts';

/** Everything that one user did to a server. */
interface Outcome {
  readonly requests: string[];
  readonly finished: string[];
  readonly exceptions: string[];
  readonly abandoned: number;
  readonly end: UserEnd;
}

let server: Server | undefined;

afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Runs one user of the script's first class against a server; `act` is called when a request is there. */
async function runUser(
  text: string,
  answer: (path: string) => number | undefined,
  act: (run: UserRun, path: string) => void = () => undefined,
): Promise<Outcome> {
  const { classes } = await loadedScript(text);
  const [model] = classes;
  if (model === undefined) throw new Error('no class');
  const requests: string[] = [];
  const finished: string[] = [];
  const exceptions: string[] = [];
  let abandoned = 0;
  const sink: ExchangeSink = {
    nameOf: (method, name) => ({ method, name }),
    sent: () => undefined,
    redirected: () => undefined,
    abandoned: () => {
      abandoned += 1;
    },
    finished: (_sentAs, name, outcome) => {
      finished.push(`${name.method} ${name.name}: ${outcome.error ?? outcome.status}`);
    },
  };
  server = createServer((request, response) => {
    const path = request.url ?? '';
    requests.push(`${path} ${request.headers.cookie ?? ''}`.trim());
    const status = answer(path);
    if (status !== undefined) {
      response.writeHead(status, { 'set-cookie': 'sid=1' }).end('{"ok":true}');
    }
    act(run, path);
  });
  const listening = server;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const address = listening.address();
  const host = typeof address === 'object' ? `http://127.0.0.1:${address?.port}` : '';
  const engine = undiciEngine(systemClock);
  const run = new UserRun(
    model,
    {
      clock: systemClock,
      host,
      environment,
      createSession: (options) =>
        new HttpSession({ sink, engine, clock: systemClock, baseUrl: host, options }),
      reportException: (thrown, where) => exceptions.push(`${where}: ${traceOf(thrown)}`),
      requestTestStop: () => run.stop(),
    },
    { index: 0, random: new SeededRandom(1) },
  );
  const end = await run.run();
  return { requests, finished, exceptions, abandoned, end };
}

const IMPORTS = `import { HttpUser, StopUser, task, constant } from 'katydid';\n`;

describe('a user against a real server', () => {
  it('ends a task by raiseForStatus without an exception, and goes on', async () => {
    const outcome = await runUser(
      `${IMPORTS}export class A extends HttpUser {
         @task async work() {
           if (this.iteration === 2) throw new StopUser();
           const answer = await this.client.get('/fail?n=' + this.iteration, { name: '/fail' });
           answer.raiseForStatus();
           throw new Error('not reached');
         }
       }`,
      () => 503,
    );

    expect(outcome).toEqual({
      requests: ['/fail?n=0', '/fail?n=1 sid=1'],
      finished: ['GET /fail: HTTP 503', 'GET /fail: HTTP 503'],
      exceptions: [],
      abandoned: 0,
      end: 'stop-user',
    });
  });

  it('finishes the running iteration and onStop when stopped', async () => {
    const outcome = await runUser(
      `${IMPORTS}export class A extends HttpUser {
         waitTime = constant(60);
         @task async work() { await this.client.get('/one'); await this.client.get('/two'); }
         async onStop() { await this.client.post('/bye'); }
       }`,
      () => 200,
      (run, path) => {
        if (path === '/one') run.stop();
      },
    );

    expect(outcome.requests).toEqual(['/one', '/two sid=1', '/bye sid=1']);
    expect(outcome.end).toBe('stopped');
  });

  it('abandons a request on the wire when cut, and makes no other', async () => {
    const outcome = await runUser(
      `${IMPORTS}export class A extends HttpUser {
         @task async work() { await this.client.get('/hangs'); await this.client.get('/next'); }
         async onStop() { await this.client.post('/bye'); }
       }`,
      () => undefined,
      (run) => run.cut(),
    );

    expect(outcome).toEqual({
      requests: ['/hangs'],
      finished: [],
      exceptions: [],
      abandoned: 1,
      end: 'cut',
    });
  });

  it('carries no cookie from one iteration to the next with freshSession', async () => {
    const outcome = await runUser(
      `${IMPORTS}export class A extends HttpUser {
         static freshSession = true;
         @task async work() {
           if (this.iteration === 2) throw new StopUser();
           await this.client.get('/a'); await this.client.get('/b');
         }
       }`,
      () => 200,
    );

    expect(outcome.requests).toEqual(['/a', '/b sid=1', '/a', '/b sid=1']);
  });
});

describe('a process of its own', () => {
  it('loads a script from its bundle with nothing on stderr, and maps its stack', async () => {
    using folder = new TempFolder();
    const file = folder.write(
      'load.ts',
      `import { User, task } from 'katydid';\nexport class A extends User {\n  @task boom() { throw new Error('x'); }\n}`,
    );
    const bundle = await bundleScript(file);
    const source = (name: string) =>
      JSON.stringify(fileURLToPath(new URL(`../../../src/script/${name}`, import.meta.url)));
    const main = folder.write(
      'main.mjs',
      `import { loadScript } from ${source('load/load-script.ts')};
       import { traceOf } from ${source('trace/trace.ts')};
       const { classes } = await loadScript(${JSON.stringify(bundle)});
       try { classes[0].plan.tasks[0].run.call(Object.create(classes[0].UserClass.prototype)); }
       catch (error) { process.stdout.write(traceOf(error).split('\\n').slice(0, 2).join('|')); }`,
    );

    const printed = await new Promise<string>((resolve) => {
      execFile(process.execPath, [main], (_error, stdout, stderr) => resolve(stdout + stderr));
    });

    expect(printed).toBe(`Error: x|    at A.boom (${file}:3:24)`);
  });
});

describe('a task that ends while its own request is under way', () => {
  const script = (ask: string) => `${IMPORTS}
export class Forgetful extends HttpUser {
  static tasks = ['look'];
  look() {
    ${ask}
  }
}`;
  /** A server that never answers; the user is cut a little after its sixth request. */
  const cutAfterSix = (): ((run: UserRun) => void) => {
    let asked = 0;
    return (run) => {
      asked += 1;
      if (asked === 6) systemClock.setTimer(150, () => run.cut());
    };
  };

  it('is named once, with the line of the request, and floods nobody', async () => {
    const text = script("this.client.get('/slow');");
    const { requests, exceptions, abandoned } = await runUser(text, () => undefined, cutAfterSix());

    expect(requests).toHaveLength(6);
    expect(abandoned).toBe(6);
    expect(exceptions).toHaveLength(1);
    expect(exceptions[0]).toMatch(
      /Forgetful\.look ended while its request GET http:\S+\/slow was still under way: write `await` before/,
    );
    expect(exceptions[0]).toMatch(/:6:\d+/);
  });

  it('may say that it means it, and floods nobody either', async () => {
    const text = script("void this.client.get('/slow', { background: true });");
    const { requests, exceptions } = await runUser(text, () => undefined, cutAfterSix());
    expect([requests.length, exceptions]).toEqual([6, []]);
  });

  it('goes on as soon as one of six requests has its answer', async () => {
    let asked = 0;
    const text = script("void this.client.get('/slow', { background: true });");
    const { requests } = await runUser(
      text,
      () => {
        asked += 1;
        return asked === 3 ? 200 : undefined;
      },
      (run) => {
        if (asked === 7) systemClock.setTimer(150, () => run.cut());
      },
    );
    expect(requests).toHaveLength(7);
  });

  it('is named without the line where it is the last iteration of its user', async () => {
    const text = `${IMPORTS}
export class Leaving extends HttpUser {
  static tasks = ['look'];
  look() {
    this.client.get('/slow');
    throw new StopUser();
  }
}`;
    const { exceptions, end } = await runUser(text, () => undefined);
    expect(end).toBe('stop-user');
    expect(exceptions).toHaveLength(1);
    expect(exceptions[0]).toContain('Leaving.look ended while its request GET');
  });

  it('is not named for what it awaited', async () => {
    let asked = 0;
    const text = script("return Promise.all([this.client.get('/a'), this.client.get('/b')]);");
    const { exceptions } = await runUser(
      text,
      () => 200,
      (run) => {
        asked += 1;
        if (asked === 20) run.stop();
      },
    );
    expect(exceptions).toEqual([]);
  });
});
