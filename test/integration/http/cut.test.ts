import { describe, expect, it } from 'vitest';
import { systemClock } from '../../../src/base/clock.ts';
import { ENGINES, openBench } from '../../support/http-engines.ts';
import { answerText } from '../../support/wire-server.ts';

const never = (): void => undefined;

describe.each(ENGINES)('cutting a user (%s)', (_engine, makeEngine) => {
  it('abandons 6 requests on the wire and forgets 2 that were not sent', async () => {
    await using bench = await openBench(makeEngine, () => never);
    const requests = Array.from({ length: 8 }, () => bench.client.get('/'));
    const outcomes = Promise.allSettled(requests);
    await bench.server.arrived(6);

    bench.client.cut();

    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'KAT_CUT' } });
    }
    expect(bench.sink.ledger()).toEqual({
      sent: 6,
      succeeded: 0,
      failed: 0,
      notSent: 0,
      abandoned: 6,
      redirected: 0,
    });
    expect(bench.sink.isClosed).toBe(true);
  });

  it('rejects every later request, of extended sessions and fetch too, and sends nothing', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));
    const other = bench.client.extend({});

    bench.client.cut();

    await expect(bench.client.get('/')).rejects.toMatchObject({ code: 'KAT_CUT' });
    await expect(other.get('/')).rejects.toMatchObject({ code: 'KAT_CUT' });
    await expect(bench.client.fetch('/')).rejects.toMatchObject({ code: 'KAT_CUT' });
    expect(bench.sink.requests).toHaveLength(0);
  });

  it('abandons an answer whose check is still at work', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));
    let checking: () => void = never;
    const isChecking = new Promise<void>((resolve) => {
      checking = resolve;
    });
    const request = bench.client.get('/', {
      check: () => {
        checking();
        return new Promise<boolean>(never);
      },
    });
    await isChecking;

    bench.client.cut();

    await expect(request).rejects.toMatchObject({ code: 'KAT_CUT' });
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, abandoned: 1, succeeded: 0, failed: 0 });
  });

  it('abandons the second hop of a redirect, counting the first as redirected', async () => {
    await using bench = await openBench(makeEngine, ({ path }) =>
      path === '/a' ? answerText(302, '', ['location: /b']) : never,
    );
    const request = bench.client.get('/a');
    const rejection = expect(request).rejects.toMatchObject({ code: 'KAT_CUT' });
    await bench.server.arrived(2);

    bench.client.dispose();

    await rejection;
    expect(bench.sink.ledger()).toMatchObject({ sent: 2, redirected: 1, abandoned: 1, failed: 0 });
  });

  it('leaves no rejection unhandled where nobody awaits', async () => {
    await using bench = await openBench(makeEngine, () => never);
    const unhandled: unknown[] = [];
    const listener = (reason: unknown): void => void unhandled.push(reason);
    process.on('unhandledRejection', listener);
    void bench.client.get('/');
    await bench.server.arrived(1);

    bench.client.cut();
    void bench.client.get('/');
    await new Promise((resolve) => setImmediate(resolve));

    process.off('unhandledRejection', listener);
    expect(unhandled).toEqual([]);
  });
});

describe.each(ENGINES)('the clocks of a request (%s)', (_engine, makeEngine) => {
  it('counts the first request of an iteration from its due time, later ones from asking', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));
    const dueUs = systemClock.nowUs() - 500_000;
    bench.client.dueTime.begin(dueUs, systemClock.nowUs());

    await bench.client.get('/first');
    await bench.client.get('/second');

    const [first, second] = bench.sink.requests;
    expect(first?.responseUs).toBeGreaterThanOrEqual(500_000);
    // The user was busy until now: that waiting is no lateness of the generator's.
    expect(first?.lagUs).toBeLessThan(400_000);
    expect(second?.responseUs).toBeLessThan(400_000);
  });

  it('counts as lag what the user loop was late, where the user was free', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200));
    const nowUs = systemClock.nowUs();
    bench.client.dueTime.begin(nowUs - 500_000, nowUs - 900_000);

    await bench.client.get('/');
    await bench.client.get('/');

    expect(bench.sink.requests[0]?.lagUs).toBeGreaterThanOrEqual(500_000);
    expect(bench.sink.requests[1]?.lagUs).toBeLessThan(400_000);
  });

  it('counts waiting for one of 6 own connections as response time, not as service time or lag', async () => {
    const delayMs = 150;
    await using bench = await openBench(makeEngine, () => (socket) => {
      setTimeout(() => socket.write(answerText(200)), delayMs);
    });

    await Promise.all(Array.from({ length: 7 }, () => bench.client.get('/')));

    const last = bench.sink.last();
    expect(last.responseUs).toBeGreaterThanOrEqual(2 * delayMs * 1000 - 5000);
    expect(last.responseUs - last.serviceUs).toBeGreaterThanOrEqual(delayMs * 1000 - 5000);
    expect(last.lagUs).toBeLessThan(delayMs * 1000);
  });

  it('gives integers, and timings whose sum is the response time', async () => {
    await using bench = await openBench(makeEngine, () => answerText(200, 'hello'));

    const answer = await bench.client.get('/');

    const { responseUs, serviceUs, lagUs, ttfbUs, finishedAtUs } = bench.sink.last();
    for (const us of [responseUs, serviceUs, lagUs, ttfbUs, finishedAtUs]) {
      expect(Number.isInteger(us) && us >= 0).toBe(true);
    }
    expect(responseUs).toBeGreaterThanOrEqual(serviceUs);
    expect(serviceUs).toBeGreaterThanOrEqual(ttfbUs);
    const sumMs = Object.values(answer.timings).reduce((sum, phase) => sum + phase, 0);
    expect(sumMs).toBeCloseTo(answer.time, 2);
    expect(answer.timings.connect).toBeGreaterThan(0);
  });
});
