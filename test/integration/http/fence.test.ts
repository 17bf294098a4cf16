import { describe, expect, it } from 'vitest';
import { sleep, systemClock } from '../../../src/base/clock.ts';
import { SendFence } from '../../../src/base/send-fence.ts';
import type { HttpEngine } from '../../../src/http/exchange/engine.ts';
import { rawEngine } from '../../../src/http/raw/raw-engine.ts';
import { undiciEngine } from '../../../src/http/undici/undici-engine.ts';
import { openBench } from '../../support/http-engines.ts';
import { answerText } from '../../support/wire-server.ts';

const ENGINES: readonly (readonly [string, (fence: SendFence) => HttpEngine])[] = [
  ['raw', (fence) => rawEngine(systemClock, undefined, fence)],
  ['undici', (fence) => undiciEngine(systemClock, undefined, fence)],
];

describe.each(ENGINES)('a fence before the engine (%s)', (_engine, makeEngine) => {
  it('holds requests while it is shut, and lets them go on as late as they are then', async () => {
    const fence = new SendFence(systemClock);
    await using bench = await openBench(
      () => makeEngine(fence),
      () => answerText(200),
    );
    await bench.client.get('/first');

    fence.untilUs = 0;
    const held = [bench.client.get('/a'), bench.client.get('/b')];
    await sleep(systemClock, 60);
    expect(bench.sink.sentCount).toBe(1);
    fence.untilUs = Number.POSITIVE_INFINITY;

    expect((await Promise.all(held)).map(({ status }) => status)).toEqual([200, 200]);
    expect(bench.sink.ledger()).toMatchObject({ sent: 3, succeeded: 3, failed: 0 });
    const [, late] = bench.sink.requests;
    expect(late?.lagUs).toBeGreaterThan(50_000);
    expect(late?.responseUs).toBeGreaterThan(50_000);
  });

  it('counts nowhere what is cut while it is held', async () => {
    const fence = new SendFence(systemClock);
    await using bench = await openBench(
      () => makeEngine(fence),
      () => answerText(200),
    );
    fence.untilUs = 0;
    const held = bench.client.get('/');
    bench.client.cut();

    await expect(held).rejects.toMatchObject({ code: 'KAT_CUT' });
    fence.untilUs = Number.POSITIVE_INFINITY;
    await sleep(systemClock, 20);
    expect(bench.sink.ledger()).toMatchObject({ sent: 0, failed: 0, abandoned: 0 });
  });

  it('stops what is still connecting when it shuts, and connects anew', async () => {
    const fence = new SendFence(systemClock);
    await using bench = await openBench(
      () => makeEngine(fence),
      () => answerText(200),
    );
    const asked = bench.client.get('/');
    fence.untilUs = 0;
    await sleep(systemClock, 50);
    expect(bench.sink.sentCount).toBe(0);
    fence.untilUs = Number.POSITIVE_INFINITY;

    expect((await asked).status).toBe(200);
    expect(bench.sink.ledger()).toMatchObject({ sent: 1, succeeded: 1, failed: 0 });
  });
});
