import { describe, expect } from 'vitest';
import {
  expectLedger,
  expectNoUserTwice,
  expectUndisturbed,
  FaultBed,
  measured,
} from './support/fault-bed.ts';
import { truthTest as it } from './support/truth-test.ts';
import { pause } from './support/until.ts';

describe.concurrent('a worker that is cut off for longer than its lease', () => {
  it('stands still for 20 s: its users go to the other, it sends nothing more of them, and joins anew', async ({
    folder,
  }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    two.katydid.signal('SIGSTOP');
    const [seconds] = await Promise.all([bed.recovered(before.nowMs + 1000), pause(20_000)]);
    const moved = await bed.truth();
    two.katydid.signal('SIGCONT');
    await (await bed.master).said(/worker-rejoined/);
    const run = await bed.finish(300);

    const truth = await bed.truth();
    measured('SIGSTOP for 20 s', seconds, run);
    expectNoUserTwice(truth);
    expectUndisturbed(before, moved, one.place.address);
    expectLedger(run, truth);
    expect(run.json.ledger.unknown).toBe(0);
  });

  it('is cut for 20 s to the master alone: it stops before its users start elsewhere', async ({
    folder,
  }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    two.place.addRule(`INPUT -s ${bed.masterPlace.address} -j DROP`);
    two.place.addRule(`OUTPUT -d ${bed.masterPlace.address} -j DROP`);
    const [seconds] = await Promise.all([
      (await bed.master).said(/worker w2 is lost/).then(async () => {
        const { nowMs } = await bed.truth();
        return bed.recovered(nowMs);
      }),
      pause(20_000),
    ]);
    const moved = await bed.truth();
    two.place.clearRules();
    await (await bed.master).said(/worker-rejoined/);
    const run = await bed.finish(300);

    const truth = await bed.truth();
    measured('cut from the master for 20 s', seconds, run);
    expectNoUserTwice(truth);
    expectUndisturbed(before, moved, one.place.address);
    expectLedger(run, truth);
    expect(run.json.ledger.unknown).toBe(0);
  });
});
