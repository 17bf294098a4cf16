import { globSync } from 'node:fs';
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

/** Of Debian's package libfaketime, wherever the machine's kind of processor puts it. */
function fakeTimeLibrary(): string {
  const [found] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
  if (found === undefined) throw new TypeError('Debian package is missing: libfaketime');
  return found;
}

describe.concurrent('a worker’s process, on a machine of its own', () => {
  it('is killed at once: its users go to the other within the 5 s of a closed connection', async ({
    folder,
  }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    two.katydid.signal('SIGKILL');
    const seconds = await bed.recovered(before.nowMs + 500);
    const run = await bed.finish();

    const truth = await bed.truth();
    measured('kill -9 of a worker', seconds, run);
    expectNoUserTwice(truth);
    expectUndisturbed(before, truth, one.place.address);
    // Half of the users ask 40 times a second, and it had told of all but the last one or two seconds.
    expectLedger(run, truth, { unknown: 100 });
    expect(run.json.verdict.validity).not.toBe('valid');
  });

  it('stands still for 6 s: it carries on as if nothing had happened', async ({ folder }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    two.katydid.signal('SIGSTOP');
    await pause(6000);
    const { nowMs } = await bed.truth();
    two.katydid.signal('SIGCONT');
    const seconds = await bed.recovered(nowMs);
    const run = await bed.finish();

    const truth = await bed.truth();
    measured('SIGSTOP for 6 s', seconds, run);
    expectNoUserTwice(truth);
    for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
    expectLedger(run, truth);
    expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0 });
  });

  it('has a wall clock that is 3 h fast and jumps back by 7 h: nothing changes but labels', async ({
    folder,
  }) => {
    using bed = new FaultBed(folder);
    const offset = folder.write('clock', '+3h');
    const env = {
      LD_PRELOAD: fakeTimeLibrary(),
      FAKETIME_TIMESTAMP_FILE: offset,
      FAKETIME_NO_CACHE: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
    };
    const [one, two] = [await bed.worker(), await bed.worker({ env })];
    await bed.allUsersAsk();
    const before = await bed.truth();

    folder.write('clock', '-4h');
    const seconds = await bed.recovered(before.nowMs);
    const run = await bed.finish(300);

    const truth = await bed.truth();
    measured('wall clock +3 h, then −4 h', seconds, run);
    expect(two.katydid.stderr).toMatch(/T/);
    expectNoUserTwice(truth);
    for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
    expectLedger(run, truth);
    expect(run.json.ledger).toMatchObject({ unknown: 0, failed: 0 });
    expect(run.json.run.durationSeconds).toBeLessThan(60);
    expect(run.json.timeline.length).toBeLessThan(60);
    expect(run.json.timeline.slice(3, -2).map(({ users }) => users)).not.toContain(0);
  });
});

describe.concurrent('the master’s process, on a machine of its own', () => {
  it('stands still for 6 s: users go on by the plan, and nothing is lost', async ({ folder }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    const master = await bed.master;
    master.signal('SIGSTOP');
    await pause(6000);
    const { nowMs } = await bed.truth();
    const seconds = await bed.recovered(nowMs);
    master.signal('SIGCONT');
    const run = await bed.finish(200);

    const truth = await bed.truth();
    measured('SIGSTOP of the master for 6 s, in the midst of it', seconds, run);
    expectNoUserTwice(truth);
    for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
    expectLedger(run, truth);
    expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0, failed: 0 });
  });
});
