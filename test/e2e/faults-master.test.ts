import { describe, expect } from 'vitest';
import {
  expectLedger,
  expectNoUserTwice,
  expectUndisturbed,
  FaultBed,
  measured,
} from './support/fault-bed.ts';
import { truthTest as it } from './support/truth-test.ts';

describe.concurrent('a master on a machine of its own that is killed at once', () => {
  it.for([3000, 12_000])(
    'is carried on %i ms later: no user starts anew, and nothing is lost',
    async (awayMs, { folder }) => {
      using bed = new FaultBed(folder);
      const [one, two] = [await bed.worker(), await bed.worker()];
      await bed.allUsersAsk();
      const before = await bed.truth();

      await bed.restartMaster(awayMs);
      const startedMs = performance.now();
      await (await bed.master).said(/all 8 users running|goes on|carries on/);
      const seconds = (performance.now() - startedMs) / 1000;
      const run = await bed.finish(200);

      const truth = await bed.truth();
      measured(`kill -9 of the master, resumed after ${awayMs / 1000} s`, seconds, run);
      expectNoUserTwice(truth);
      for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
      expectLedger(run, truth);
      expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0, failed: 0 });
    },
  );
});
