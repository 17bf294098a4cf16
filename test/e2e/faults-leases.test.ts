import { describe, expect } from 'vitest';
import type { LifeOfUser, TruthReport } from '../support/truth-report.ts';
import {
  expectLedger,
  expectNoUserTwice,
  expectUndisturbed,
  FaultBed,
  measured,
} from './support/fault-bed.ts';
import { truthTest as it } from './support/truth-test.ts';
import { pause } from './support/until.ts';

/**
 * What a worker's machine had taken over when the line went down it sends once that is up again, whatever
 * the worker thinks by then: one request of each user at most. The lives without that.
 */
function withoutLateArrivals(moved: TruthReport, after: TruthReport): readonly LifeOfUser[] {
  return after.lives.map((life) => {
    const then = moved.lives.find(
      ({ id, lastMs }) => id === life.id && lastMs < moved.nowMs - 5000,
    );
    if (then === undefined) return life;
    expect(life.requests - then.requests).toBeLessThanOrEqual(1);
    return then;
  });
}

describe.concurrent('a worker that is cut off for longer than its lease', () => {
  it('stands still for 20 s: it sends nothing more for users that others have, and joins anew', async ({
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

  it('has no line for 20 s: its users go to the other, and it joins anew', async ({ folder }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    two.place.setLink('down');
    const [seconds] = await Promise.all([bed.recovered(before.nowMs + 1000), pause(20_000)]);
    const moved = await bed.truth();
    two.place.setLink('up');
    await (await bed.master).said(/worker-rejoined/);
    const run = await bed.finish(300);

    const truth = await bed.truth();
    measured('link down for 20 s', seconds, run);
    expectNoUserTwice(moved);
    expectNoUserTwice({ ...truth, lives: withoutLateArrivals(moved, truth) });
    expectUndisturbed(before, moved, one.place.address);
    // What was on its way when the line went down was cut later: it may have arrived or not.
    expectLedger(run, truth, { unsure: run.json.ledger.abandoned });
    expect(run.json.ledger.unknown).toBe(0);
  });

  it('reaches its target but not its master: it stops before its users start elsewhere', async ({
    folder,
  }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    two.place.addRule(`INPUT -s ${bed.masterPlace.address} -j DROP`);
    two.place.addRule(`OUTPUT -d ${bed.masterPlace.address} -j DROP`);
    const [seconds] = await Promise.all([
      (await bed.master).said(/worker w\d is lost/).then(async () => {
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
