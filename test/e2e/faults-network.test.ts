import { describe, expect } from 'vitest';
import { HelperProcess } from '../support/helper-process.ts';
import {
  expectLedger,
  expectNoUserTwice,
  expectUndisturbed,
  FaultBed,
  measured,
  unsureRequests,
} from './support/fault-bed.ts';
import { truthTest as it } from './support/truth-test.ts';
import { pause } from './support/until.ts';

/** What the relay between a worker and its master is told. */
interface RelayOrder {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly isStalled: boolean;
  readonly halfOpen?: boolean;
}

/** What it answers. */
interface RelayFacts {
  readonly port: number;
  readonly connections: number;
}

/** 150 to 350 ms each way. */
const SLOW: RelayOrder = { delayMs: 150, jitterMs: 200, isStalled: false };

describe.concurrent('the line of a worker', () => {
  it('is down for 3 s: all users carry on, and every request is counted once', async ({
    folder,
  }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    two.place.setLink('down');
    await pause(3000);
    const { nowMs } = await bed.truth();
    two.place.setLink('up');
    const seconds = await bed.recovered(nowMs);
    const run = await bed.finish();

    const truth = await bed.truth();
    measured('link down for 3 s', seconds, run);
    expectNoUserTwice(truth);
    for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
    expectLedger(run, truth);
    expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0, failed: 0 });
  });

  it('loses every tenth packet for 8 s: every request is counted once', async ({ folder }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    for (const chain of ['INPUT', 'OUTPUT']) {
      two.place.addRule(`${chain} -m statistic --mode random --probability 0.1 -j DROP`);
    }
    await pause(8000);
    const { nowMs } = await bed.truth();
    two.place.clearRules();
    const seconds = await bed.recovered(nowMs);
    const run = await bed.finish();

    const truth = await bed.truth();
    measured('10 % of packets lost for 8 s', seconds, run);
    expectNoUserTwice(truth);
    for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
    expectLedger(run, truth);
    expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0, failed: 0 });
  });

  it('is reset to the master for 2 s: it comes back and carries on', async ({ folder }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    const { address } = bed.masterPlace;
    two.place.addRule(`OUTPUT -p tcp -d ${address} -j REJECT --reject-with tcp-reset`);
    bed.masterPlace.addRule(
      `OUTPUT -p tcp -d ${two.place.address} -j REJECT --reject-with tcp-reset`,
    );
    await pause(2000);
    const { nowMs } = await bed.truth();
    two.place.clearRules();
    bed.masterPlace.clearRules();
    const seconds = await bed.recovered(nowMs);
    const run = await bed.finish();

    const truth = await bed.truth();
    measured('connection to the master reset for 2 s', seconds, run);
    expect(two.katydid.stderr).toMatch(/connection to the master is lost/);
    expectNoUserTwice(truth);
    for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
    expectLedger(run, truth);
    expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0, failed: 0 });
  });

  it('is reset to the target for 2 s: what was answered by a reset is all that is unsure', async ({
    folder,
  }) => {
    using bed = new FaultBed(folder);
    const [one, two] = [await bed.worker(), await bed.worker()];
    await bed.allUsersAsk();
    const before = await bed.truth();

    bed.targetPlace.addRule(
      `INPUT -p tcp -s ${two.place.address} -j REJECT --reject-with tcp-reset`,
    );
    await pause(2000);
    const { nowMs } = await bed.truth();
    bed.targetPlace.clearRules();
    const seconds = await bed.recovered(nowMs);
    const run = await bed.finish();

    const truth = await bed.truth();
    measured('connections to the target reset for 2 s', seconds, run);
    expectNoUserTwice(truth);
    for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
    expectLedger(run, truth, { unsure: unsureRequests(run) });
    expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0 });
    expect(unsureRequests(run)).toBeGreaterThan(0);
  });

  it('to the master is slow, and stalls for 5 s: every request is counted once', async ({
    folder,
  }) => {
    using bed = new FaultBed(folder);
    const between = bed.addPlace('relay');
    const target = (await bed.masterAddress()).split(':');
    using relay = new HelperProcess('relay-process.ts', between.via, [between.address, ...target]);
    const { port } = await relay.ask<RelayFacts>(SLOW);
    const one = await bed.worker();
    const two = await bed.worker({ through: `${between.address}:${port}` });
    await bed.allUsersAsk();
    const before = await bed.truth();

    await relay.ask({ ...SLOW, isStalled: true });
    await pause(5000);
    const { nowMs } = await bed.truth();
    await relay.ask(SLOW);
    const seconds = await bed.recovered(nowMs);
    const run = await bed.finish();

    const truth = await bed.truth();
    measured('line to the master slow, and stalled for 5 s', seconds, run);
    expectNoUserTwice(truth);
    for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
    expectLedger(run, truth);
    expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0, failed: 0 });
  });

  it('to the master becomes half open: the worker makes another one within its lease', async ({
    folder,
  }) => {
    using bed = new FaultBed(folder);
    const between = bed.addPlace('relay');
    const target = (await bed.masterAddress()).split(':');
    using relay = new HelperProcess('relay-process.ts', between.via, [between.address, ...target]);
    const { port } = await relay.ask<RelayFacts>(SLOW);
    const one = await bed.worker();
    const two = await bed.worker({ through: `${between.address}:${port}` });
    await bed.allUsersAsk();
    const before = await bed.truth();

    const startedMs = performance.now();
    await relay.ask({ ...SLOW, halfOpen: true });
    await two.katydid.said(/connection to the master is lost/);
    await (await bed.master).said(/is heard again/);
    const seconds = (performance.now() - startedMs) / 1000;
    const run = await bed.finish();

    const truth = await bed.truth();
    measured('half-open connection to the master', seconds, run);
    expectNoUserTwice(truth);
    for (const { place } of [one, two]) expectUndisturbed(before, truth, place.address);
    expectLedger(run, truth);
    expect(run.json.ledger).toMatchObject({ unknown: 0, abandoned: 0, failed: 0 });
  });
});
