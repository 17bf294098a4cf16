import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DueTime } from '../../../../src/http/user/due-time.ts';
import type { RequestEvent } from '../../../../src/index.ts';
import { events } from '../../../../src/script/events/events.ts';
import { ObservedSink } from '../../../../src/script/events/request-event.ts';
import { runAsUser } from '../../../../src/script/events/running-user.ts';
import { thrownMeaningOf } from '../../../../src/script/events/thrown-meaning.ts';
import { enterProcess, NO_SERVICES } from '../../../../src/script/host/script-process.ts';
import { StopUser } from '../../../../src/script/user/stop-errors.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { loadedScript, loadFailure } from '../../../support/loaded-script.ts';
import { RecordingSink } from '../../../support/recording-sink.ts';

const FACTS = { role: 'worker', workerIndex: 0, workerCount: 1, host: '', options: {} } as const;

let clock = new FakeClock();
let sink = new RecordingSink();
let exceptions: string[] = [];
let warnings: string[] = [];

beforeEach(() => {
  clock = new FakeClock();
  sink = new RecordingSink();
  exceptions = [];
  warnings = [];
  enterProcess(FACTS, {
    ...NO_SERVICES,
    clock,
    sink: () => sink,
    reportException: (thrown, where) => exceptions.push(`${where}: ${String(thrown)}`),
    warn: (text) => warnings.push(text),
  });
});

afterEach(() => enterProcess(FACTS));

describe('events', () => {
  it('names the nearest event for one that there is not, with the line of the script', async () => {
    const message = await loadFailure(
      `import { events } from 'katydid';\nevents.testStrat.addListener(() => {});`,
    );

    expect(message).toContain("loadfile.ts:2:8: there is no event 'testStrat'");
    expect(message).toContain('Did you mean events.testStart?');
  });

  it('refuses a listener that is no function', () => {
    // @ts-expect-error A script in JavaScript may pass anything.
    expect(() => events.init.addListener('x')).toThrow('a listener is a function, found string');
  });

  it.each([
    // @ts-expect-error A script in JavaScript may want any number of arguments.
    () => events.request.addListener((_type: string, _name: string) => 1),
    () => events.init.addListener((environment) => environment),
    () => events.init.addListener(async (environment) => environment),
    () =>
      events.init.addListener(function named(environment) {
        return environment;
      }),
  ])('refuses a listener that wants the fields as arguments: %o', (add) => {
    expect(add).toThrow('a listener gets one object');
    expect(events.init.isHeard).toBe(false);
  });

  it('calls listeners in order, waits for each, and reports what they throw', async () => {
    const heard: string[] = [];
    events.testStart.addListener(async () => {
      await Promise.resolve();
      heard.push('first');
    });
    events.testStart.addListener(() => {
      throw new Error('broken');
    });
    events.testStart.addListener(() => heard.push('last'));
    const { environment } = await import('../../../../src/script/host/environment.ts');

    await events.testStart.fireAwaited({ environment });

    expect(heard).toEqual(['first', 'last']);
    expect(exceptions).toEqual(['events.testStart: Error: broken']);
  });

  it('reports what an async listener of an event that is not awaited rejects with', async () => {
    events.spawningComplete.addListener(async () => {
      throw new Error('late');
    });

    events.spawningComplete.fire({ userCount: 3 });
    await clock.advance(0);

    expect(exceptions).toEqual(['events.spawningComplete: Error: late']);
  });

  it('are quiet again after removeListener', () => {
    const listener = events.quit.addListener(() => undefined);
    expect(events.quit.isHeard).toBe(true);

    events.quit.removeListener(listener);

    expect(events.quit.isHeard).toBe(false);
  });

  it('forget the listeners of a script when another is loaded', async () => {
    events.quit.addListener(() => undefined);

    enterProcess(FACTS);

    expect(events.quit.isHeard).toBe(false);
  });
});

describe('events.request.fire', () => {
  it('records one exchange that was sent and is over', () => {
    events.request.fire({
      requestType: 'TCP',
      name: 'ping',
      responseTime: 12.5,
      responseLength: 4,
    });

    expect(sink.ledger()).toEqual({
      sent: 1,
      succeeded: 1,
      failed: 0,
      notSent: 0,
      abandoned: 0,
      redirected: 0,
    });
    expect(sink.last()).toMatchObject({
      method: 'TCP',
      name: 'ping',
      responseUs: 12_500,
      bytesReceived: 4,
      contentBytes: 4,
    });
  });

  it('counts a failure where there is an exception, by its code or its first line', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), {
      code: 'ECONNREFUSED',
      syscall: 'connect',
    });
    for (const exception of [refused, new Error('no pong\nat all'), 'text']) {
      events.request.fire({ requestType: 'TCP', name: 'ping', responseTime: 1, exception });
    }

    expect(sink.requests.map((request) => request.error)).toEqual([
      'ECONNREFUSED',
      'no pong',
      'text',
    ]);
    expect(sink.ledger()).toMatchObject({ sent: 3, failed: 3, notSent: 0 });
  });

  it('refuses what is no request, and counts nothing', () => {
    const bad: readonly [object, string][] = [
      [{ name: 'a', responseTime: 1 }, 'requestType is a text, found undefined'],
      [{ requestType: 'T', name: '', responseTime: 1 }, "name is a text, found ''"],
      [{ requestType: 'T', name: 'a', responseTime: Number.NaN }, 'responseTime is a number'],
      [{ requestType: 'T', name: 'a', responseTime: -1 }, 'responseTime is a number'],
      [
        { requestType: 'T', name: 'a', responseTime: 1, responseLength: 'x' },
        'responseLength is a number',
      ],
    ];
    for (const [request, message] of bad) {
      // @ts-expect-error A script in JavaScript may pass anything.
      expect(() => events.request.fire(request)).toThrow(message);
    }
    expect(sink.sentCount).toBe(0);
  });

  it('tells listeners, whose exceptions do not reach whoever fires', () => {
    const heard: RequestEvent[] = [];
    events.request.addListener((event) => heard.push(event));
    events.request.addListener(() => {
      throw new Error('listener');
    });

    events.request.fire({ requestType: 'TCP', name: 'ping', responseTime: 10, context: { a: 1 } });

    expect(heard).toEqual([
      {
        requestType: 'TCP',
        name: 'ping',
        responseTime: 10,
        responseLength: 0,
        response: undefined,
        exception: undefined,
        context: { a: 1 },
        startTime: clock.epochMs() - 10,
        url: '',
      },
    ]);
    expect(exceptions).toEqual(['events.request: Error: listener']);
  });

  it('records nothing on the master, and says so once', () => {
    enterProcess(
      { ...FACTS, role: 'master' },
      { ...NO_SERVICES, clock, warn: (text) => warnings.push(text) },
    );

    for (let i = 0; i < 3; i += 1) {
      events.request.fire({ requestType: 'TCP', name: 'ping', responseTime: 1 });
    }

    expect(warnings).toEqual(['events.request: requests are recorded on workers only, not here']);
  });
});

describe('events.request.measure', () => {
  it('times the function and gives back what it returns', async () => {
    const measured = events.request.measure('TCP', 'ping', async (request) => {
      request.responseLength = 9;
      await clock.advance(250);
      return 'pong';
    });

    expect(await measured).toBe('pong');
    expect(sink.last()).toMatchObject({ ok: true, responseUs: 250_000, bytesReceived: 9 });
    expect(sink.isClosed).toBe(true);
  });

  it('counts a failure where it throws, and passes that on as counted already', async () => {
    for (const thrown of [new Error('no pong'), 'plain text', undefined]) {
      const caught: unknown = await events.request
        .measure('TCP', 'ping', () => {
          throw thrown;
        })
        .then(
          () => 'nothing',
          (error: unknown) => error,
        );
      expect(thrownMeaningOf(caught)).toBe('counted');
    }

    expect(sink.ledger()).toMatchObject({ sent: 3, failed: 3 });
    expect(sink.requests[0]).toMatchObject({ error: 'no pong' });
  });

  it('counts from the due time of the iteration, behind any await, and takes it from what follows', async () => {
    const dueTime = new DueTime(clock);
    await clock.advance(1000);
    const startedUs = clock.nowUs();
    dueTime.begin(startedUs - 400_000, startedUs - 300_000);

    await runAsUser({ dueTime }, async () => {
      await Promise.resolve();
      await events.request.measure('TCP', 'first', () => clock.advance(50));
      await events.request.measure('TCP', 'second', () => clock.advance(50));
    });

    expect(sink.requests).toMatchObject([
      { responseUs: 450_000, serviceUs: 50_000, lagUs: 300_000 },
      { responseUs: 50_000, serviceUs: 50_000, lagUs: 0 },
    ]);
    expect(dueTime.takeDueUs()).toBe(-1);
  });

  it('takes StopUser for no failure', async () => {
    const measured = events.request.measure('TCP', 'ping', () => {
      throw new StopUser();
    });

    await expect(measured).rejects.toBeInstanceOf(StopUser);
    expect(sink.ledger()).toMatchObject({ sent: 1, succeeded: 1, failed: 0 });
  });

  it('counts what is cut as abandoned, and nothing when it comes back later', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const measured = events.request.measure('TCP', 'slow', () => promise);

    events.request.abandonRunning(clock.nowUs());
    resolve();
    await measured;

    expect(sink.ledger()).toMatchObject({ sent: 1, succeeded: 0, failed: 0, abandoned: 1 });
    expect(sink.isClosed).toBe(true);
  });
});

describe('ObservedSink', () => {
  it('tells listeners of HTTP requests after they are recorded', () => {
    const heard: RequestEvent[] = [];
    events.request.addListener((event) => heard.push(event));
    const observed = new ObservedSink(sink, events.request);
    const name = observed.nameOf('GET', '/a');

    observed.sent(name);
    observed.finished(name, name, {
      ok: false,
      status: 503,
      error: 'HTTP 503',
      sent: true,
      responseUs: 1500,
      serviceUs: 1500,
      lagUs: 0,
      ttfbUs: 900,
      bytesReceived: 120,
      contentBytes: 20,
      finishedAtUs: 0,
    });

    expect(heard).toMatchObject([
      {
        requestType: 'GET',
        name: '/a',
        responseTime: 1.5,
        responseLength: 20,
        exception: { code: 'KAT_RESPONSE', status: 503, message: 'GET /a: HTTP 503' },
      },
    ]);
    expect(sink.requests).toHaveLength(1);
  });
});

describe('a load file', () => {
  it('imports events, environment and the rest of the public names', async () => {
    const { classes } = await loadedScript(
      `import { environment, events, EventHook, LoadShape, LoadTestShape, User, defineOptions } from 'katydid';
       if (environment.role !== 'worker' || LoadShape !== LoadTestShape) throw new Error('wrong');
       new EventHook(); defineOptions({});
       events.init.addListener(() => {});
       export class A extends User { static tasks = [() => {}]; }`,
    );

    expect(classes).toHaveLength(1);
    expect(events.init.isHeard).toBe(true);
  });
});
