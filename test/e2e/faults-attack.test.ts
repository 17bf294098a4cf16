import { describe, expect } from 'vitest';
import { PROTOCOL_VERSION } from '../../src/protocol/channel/version.ts';
import { HelperProcess } from '../support/helper-process.ts';
import { residentMbOf } from '../support/process-figures.ts';
import { pause } from '../support/until.ts';
import {
  expectLedger,
  expectNoUserTwice,
  expectUndisturbed,
  FaultBed,
  measured,
} from './support/fault-bed.ts';
import { truthTest as it } from './support/truth-test.ts';

describe.concurrent('a master under attack, during a run', () => {
  it.for([
    ['from elsewhere', false],
    ['from the very machine of one of its workers', true],
  ] as const)(
    '%s: figures stay right, memory bounded, and workers come back and come new',
    async ([where, isFromWorker], { folder }) => {
      using bed = new FaultBed(folder);
      const [one, two] = [await bed.worker(), await bed.worker()];
      await bed.allUsersAsk();
      const master = await bed.master;
      const [before, mbBefore] = [await bed.truth(), residentMbOf(master.pid)];
      const [host = '', port = ''] = (await bed.masterAddress()).split(':');
      const place = isFromWorker ? two.place : bed.addPlace('attacker');
      using attacker = new HelperProcess('attacker-process.ts', place.via, [
        host,
        port,
        String(PROTOCOL_VERSION),
      ]);

      const attack = attacker.ask<{ attempts: number }>({ seconds: 10 });
      await pause(3000);
      // Its connection breaks in the middle of it.
      two.place.addRule(`OUTPUT -p tcp -d ${host} -j REJECT --reject-with tcp-reset`);
      await two.katydid.said(/connection to the master is lost/);
      two.place.clearRules();
      await pause(3000);
      const rejoined = await bed.truth();
      await bed.worker({ on: two.place });
      const startedMs = performance.now();
      await master.said(/worker w3 connected/);
      const seconds = (performance.now() - startedMs) / 1000;
      const { attempts } = await attack;
      const mbAfter = residentMbOf(master.pid);
      const run = await bed.finish(200);

      const truth = await bed.truth();
      measured(
        `attack ${where} (${attempts} attempts, ${Math.round(mbAfter - mbBefore)} MB)`,
        seconds,
        run,
      );
      expect(attempts).toBeGreaterThan(500);
      expect(run.stderr).not.toMatch(/w\d is lost/);
      expectNoUserTwice(truth);
      // Before the third came, to whom some users went.
      for (const each of [one, two]) expectUndisturbed(before, rejoined, each.place.address);
      expectLedger(run, truth);
      expect(run.json.ledger).toMatchObject({ unknown: 0, failed: 0 });
      expect(mbAfter - mbBefore).toBeLessThan(150);
      const refusals = run.stderr.match(/refused .*/g) ?? [];
      expect(refusals.length).toBeGreaterThan(0);
      expect(refusals.length).toBeLessThan(20);
    },
  );
});
