import { globSync } from 'node:fs';
import { describe, expect } from 'vitest';
import type { HelperProcess } from '../support/helper-process.ts';
import type { LifeOfUser, TruthReport } from '../support/truth-report.ts';
import { type FaultBed, unsureRequests, type WorkerSpec } from './support/fault-bed.ts';
import {
  brokenFor,
  cutOffBeyondItsLease,
  type FaultCase,
  type FaultScene,
  playFault,
  type Recovery,
} from './support/fault-case.ts';
import { truthTest as it } from './support/truth-test.ts';

/** Nothing was lost: every request was counted once, and answered. */
const NOTHING_LOST = { unknown: 0, abandoned: 0, failed: 0 };

/** What the relay between a worker and its master is told; it answers with its port. */
interface RelayOrder {
  readonly delayMs: number;
  readonly jitterMs: number;
  readonly isStalled: boolean;
  readonly halfOpen?: boolean;
}

/** 150 to 350 ms each way. */
const SLOW: RelayOrder = { delayMs: 150, jitterMs: 200, isStalled: false };

const relays = new WeakMap<FaultBed, HelperProcess>();

/** Puts a slow relay between a worker and its master. */
async function throughRelay(bed: FaultBed): Promise<WorkerSpec> {
  const between = bed.addPlace('relay');
  const master = (await bed.masterAddress()).split(':');
  const relay = bed.addHelper('relay-process.ts', between, [between.address, ...master]);
  relays.set(bed, relay);
  const { port } = await relay.ask<{ readonly port: number }>(SLOW);
  return { through: `${between.address}:${port}` };
}

function tellRelay({ bed }: FaultScene, order: RelayOrder): Promise<unknown> {
  const relay = relays.get(bed);
  if (relay === undefined) throw new TypeError('this worker goes through no relay');
  return relay.ask(order);
}

/** Of Debian's package libfaketime, wherever the machine's kind of processor puts it. */
function fakeTimeLibrary(): string {
  const [found] = globSync('/usr/lib/*/faketime/libfaketimeMT.so.1');
  if (found === undefined) throw new TypeError('Debian package is missing: libfaketime');
  return found;
}

const RESET = '-j REJECT --reject-with tcp-reset';

const LINE_FAULTS: readonly FaultCase[] = [
  {
    name: 'is down for 3 s: all users carry on, and every request is counted once',
    measuredAs: 'link down for 3 s',
    strike: brokenFor(3000, {
      breakIt: ({ two }) => two.place.setLink('down'),
      mend: ({ two }) => two.place.setLink('up'),
    }),
    ledger: NOTHING_LOST,
  },
  {
    name: 'loses every tenth packet for 8 s: every request is counted once',
    measuredAs: '10 % of packets lost for 8 s',
    strike: brokenFor(8000, {
      breakIt: ({ two }) => {
        for (const chain of ['INPUT', 'OUTPUT']) {
          two.place.addRule(`${chain} -m statistic --mode random --probability 0.1 -j DROP`);
        }
      },
      mend: ({ two }) => two.place.clearRules(),
    }),
    ledger: NOTHING_LOST,
  },
  {
    name: 'is reset to the master for 2 s: it comes back and carries on',
    measuredAs: 'connection to the master reset for 2 s',
    strike: brokenFor(2000, {
      breakIt: ({ bed: { masterPlace }, two: { place } }) => {
        place.addRule(`OUTPUT -p tcp -d ${masterPlace.address} ${RESET}`);
        masterPlace.addRule(`OUTPUT -p tcp -d ${place.address} ${RESET}`);
      },
      mend: ({ bed: { masterPlace }, two: { place } }) => {
        place.clearRules();
        masterPlace.clearRules();
      },
    }),
    ledger: NOTHING_LOST,
    also: (_, { two }) => expect(two.katydid.stderr).toMatch(/connection to the master is lost/),
  },
  {
    name: 'is reset to the target for 2 s: what was answered by a reset is all that is unsure',
    measuredAs: 'connections to the target reset for 2 s',
    strike: brokenFor(2000, {
      breakIt: ({ bed, two }) =>
        bed.targetPlace.addRule(`INPUT -p tcp -s ${two.place.address} ${RESET}`),
      mend: ({ bed }) => bed.targetPlace.clearRules(),
    }),
    ledger: { unknown: 0, abandoned: 0 },
    tolerance: (run) => ({ unsure: unsureRequests(run) }),
    also: (run) => expect(unsureRequests(run)).toBeGreaterThan(0),
  },
  {
    name: 'to the master is slow, and stalls for 5 s: every request is counted once',
    measuredAs: 'line to the master slow, and stalled for 5 s',
    second: throughRelay,
    strike: brokenFor(5000, {
      breakIt: (scene) => tellRelay(scene, { ...SLOW, isStalled: true }),
      mend: (scene) => tellRelay(scene, SLOW),
    }),
    ledger: NOTHING_LOST,
  },
  {
    name: 'to the master becomes half open: the worker makes another one within its lease',
    measuredAs: 'half-open connection to the master',
    second: throughRelay,
    strike: async (scene) => {
      const startedMs = performance.now();
      await tellRelay(scene, { ...SLOW, halfOpen: true });
      await scene.two.katydid.said(/connection to the master is lost/);
      await (await scene.bed.master).said(/is heard again/);
      return { seconds: (performance.now() - startedMs) / 1000 };
    },
    ledger: NOTHING_LOST,
  },
];

const WORKER_FAULTS: readonly FaultCase[] = [
  {
    name: 'is killed at once: its users go to the other within the 5 s of a closed connection',
    measuredAs: 'kill -9 of a worker',
    strike: async ({ bed, two, before }) => {
      two.katydid.signal('SIGKILL');
      return { seconds: await bed.recovered(before.nowMs + 500) };
    },
    undisturbed: 'first',
    ledger: {},
    // Half of the users ask 40 times a second, and it had told of all but the last one or two seconds.
    tolerance: () => ({ unknown: 100 }),
    also: (run) => expect(run.json.verdict.validity).not.toBe('valid'),
  },
  {
    name: 'stands still for 6 s: it carries on as if nothing had happened',
    measuredAs: 'SIGSTOP for 6 s',
    strike: brokenFor(6000, {
      breakIt: ({ two }) => two.katydid.signal('SIGSTOP'),
      mend: ({ two }) => two.katydid.signal('SIGCONT'),
    }),
    ledger: { unknown: 0, abandoned: 0 },
  },
  {
    name: 'has a wall clock that is 3 h fast and jumps back by 7 h: nothing changes but labels',
    measuredAs: 'wall clock +3 h, then −4 h',
    second: (_, folder) => ({
      env: {
        LD_PRELOAD: fakeTimeLibrary(),
        FAKETIME_TIMESTAMP_FILE: folder.write('clock', '+3h'),
        FAKETIME_NO_CACHE: '1',
        FAKETIME_DONT_FAKE_MONOTONIC: '1',
      },
    }),
    strike: async ({ bed, before, folder }) => {
      folder.write('clock', '-4h');
      return { seconds: await bed.recovered(before.nowMs) };
    },
    furtherRequests: 300,
    ledger: { unknown: 0, failed: 0 },
    also: ({ json: { run, timeline } }, { two }) => {
      expect(two.katydid.stderr).toMatch(/T/);
      expect(run.durationSeconds).toBeLessThan(60);
      expect(timeline.length).toBeLessThan(60);
      expect(timeline.slice(3, -2).map(({ users }) => users)).not.toContain(0);
    },
  },
];

const LEASE_FAULTS: readonly FaultCase[] = [
  {
    name: 'stands still for 20 s: it sends nothing more for users that others have, and joins anew',
    measuredAs: 'SIGSTOP for 20 s',
    strike: cutOffBeyondItsLease({
      breakIt: ({ two }) => two.katydid.signal('SIGSTOP'),
      mend: ({ two }) => two.katydid.signal('SIGCONT'),
    }),
    furtherRequests: 300,
    undisturbed: 'first',
    ledger: { unknown: 0 },
  },
  {
    name: 'has no line for 20 s: its users go to the other, and it joins anew',
    measuredAs: 'link down for 20 s',
    strike: cutOffBeyondItsLease({
      breakIt: ({ two }) => two.place.setLink('down'),
      mend: ({ two }) => two.place.setLink('up'),
    }),
    furtherRequests: 300,
    undisturbed: 'first',
    ledger: { unknown: 0 },
    // Requests on their way when the line went down were cut later: they may have arrived or not.
    tolerance: ({ json }) => ({ unsure: json.ledger.abandoned }),
    lives: withoutLateArrivals,
  },
  {
    name: 'reaches its target but not its master: it stops before its users start elsewhere',
    measuredAs: 'cut from the master for 20 s',
    strike: cutOffBeyondItsLease({
      breakIt: ({ bed: { masterPlace }, two: { place } }) => {
        place.addRule(`INPUT -s ${masterPlace.address} -j DROP`);
        place.addRule(`OUTPUT -d ${masterPlace.address} -j DROP`);
      },
      mend: ({ two }) => two.place.clearRules(),
      home: async ({ bed }) => {
        await (await bed.master).said(/worker w\d is lost/);
        const { nowMs } = await bed.truth();
        return bed.recovered(nowMs);
      },
    }),
    furtherRequests: 300,
    undisturbed: 'first',
    ledger: { unknown: 0 },
  },
];

const MASTER_FAULTS: readonly FaultCase[] = [
  {
    name: 'stands still for 6 s: users go on by the plan, and nothing is lost',
    measuredAs: 'SIGSTOP of the master for 6 s, in the midst of it',
    strike: async (scene) => {
      const master = await scene.bed.master;
      // All users must ask again while it still stands still.
      const recovery = await brokenFor(6000, {
        breakIt: () => master.signal('SIGSTOP'),
        mend: () => undefined,
      })(scene);
      master.signal('SIGCONT');
      return recovery;
    },
    furtherRequests: 200,
    ledger: NOTHING_LOST,
  },
  ...[3000, 12_000].map(
    (awayMs): FaultCase => ({
      name: `is killed at once and carried on ${awayMs} ms later: no user starts anew, and nothing is lost`,
      measuredAs: `kill -9 of the master, resumed after ${awayMs / 1000} s`,
      strike: async ({ bed }) => {
        await bed.restartMaster(awayMs);
        const startedMs = performance.now();
        await (await bed.master).said(/all 8 users running|goes on|carries on/);
        return { seconds: (performance.now() - startedMs) / 1000 };
      },
      furtherRequests: 200,
      ledger: NOTHING_LOST,
    }),
  ),
];

const FAULTS: Readonly<Record<string, readonly FaultCase[]>> = {
  'the line of a worker': LINE_FAULTS,
  'a worker’s process, on a machine of its own': WORKER_FAULTS,
  'a worker that is cut off for longer than its lease': LEASE_FAULTS,
  'the master’s process, on a machine of its own': MASTER_FAULTS,
};

for (const [what, faults] of Object.entries(FAULTS)) {
  describe.concurrent(what, () => {
    for (const fault of faults) it(fault.name, ({ folder }) => playFault(fault, folder));
  });
}

/**
 * A worker's machine sends what it had taken over before the line went down once the line is up again,
 * whatever the worker thinks by then: one request of each user at most. The lives without those requests.
 */
function withoutLateArrivals(truth: TruthReport, { moved }: Recovery): TruthReport {
  if (moved === undefined) throw new TypeError('no user moved');
  return { ...truth, lives: truth.lives.map((life) => livedUntilMoved(life, moved)) };
}

function livedUntilMoved(life: LifeOfUser, { lives, nowMs }: TruthReport): LifeOfUser {
  const then = lives.find(({ id, lastMs }) => id === life.id && lastMs < nowMs - 5000);
  if (then === undefined) return life;
  expect(life.requests - then.requests).toBeLessThanOrEqual(1);
  return then;
}
