import { expect } from 'vitest';
import type { TempFolder } from '../../support/temp-folder.ts';
import type { TruthReport } from '../../support/truth-report.ts';
import { pause } from '../../support/until.ts';
import {
  expectLedger,
  expectNoUserTwice,
  expectUndisturbed,
  FaultBed,
  measured,
  type Tolerance,
  type WorkerMachine,
  type WorkerSpec,
} from './fault-bed.ts';
import type { FinishedRun } from './katydid-run.ts';

/** Longer than the lease of a worker, and long enough for its users to be at home elsewhere. */
const BEYOND_LEASE_MS = 20_000;

/** A run with two workers whose users all ask, at the moment before something breaks. */
export interface FaultScene {
  readonly bed: FaultBed;
  /** The worker that nothing happens to, where it is a worker that breaks. */
  readonly one: WorkerMachine;
  /** The worker that breaks. */
  readonly two: WorkerMachine;
  /** What the server had seen before. */
  readonly before: TruthReport;
  readonly folder: TempFolder;
}

/** How a fault went. */
export interface Recovery {
  /** From the end of the fault, or from its beginning where users move, until all users ask again. */
  readonly seconds: number;
  /** What the server had seen when the users of the broken worker lived elsewhere. */
  readonly moved?: TruthReport;
}

/** One fault: what breaks and when, and what must hold afterwards. */
export interface FaultCase {
  /** The rest of a sentence that begins with what breaks. */
  readonly name: string;
  /** As the figure is called in docs/reliability.md. */
  readonly measuredAs: string;
  /** How the second worker is started. @default as the first */
  readonly second?: (bed: FaultBed, folder: TempFolder) => WorkerSpec | Promise<WorkerSpec>;
  /** Breaks and mends; resolves when all users ask again. */
  readonly strike: (scene: FaultScene) => Promise<Recovery>;
  /** Requests that are waited for before the run is stopped. @default 100 */
  readonly furtherRequests?: number;
  /** Which workers' users must go on as if nothing had happened. @default 'both' */
  readonly undisturbed?: 'both' | 'first';
  /** Counts of the ledger after it. */
  readonly ledger: Readonly<Record<string, number>>;
  /** How far the ledger may be from the server's count. @default not at all */
  readonly tolerance?: (run: FinishedRun) => Tolerance;
  /** The server's lives in which no user may live twice at a time. @default all that it saw */
  readonly lives?: (truth: TruthReport, recovery: Recovery) => TruthReport;
  /** What else must hold. */
  readonly also?: (run: FinishedRun, scene: FaultScene) => void;
}

/** Plays a fault in the midst of a run, and holds what the run says of it against the server's count. */
export async function playFault(fault: FaultCase, folder: TempFolder): Promise<void> {
  using bed = new FaultBed(folder);
  const one = await bed.worker();
  const two = await bed.worker(await fault.second?.(bed, folder));
  await bed.allUsersAsk();
  const scene = { bed, one, two, before: await bed.truth(), folder };

  const recovery = await fault.strike(scene);
  const run = await bed.finish(fault.furtherRequests);

  const truth = await bed.truth();
  measured(fault.measuredAs, recovery.seconds, run);
  if (recovery.moved !== undefined) expectNoUserTwice(recovery.moved);
  expectNoUserTwice(fault.lives?.(truth, recovery) ?? truth);
  for (const { place } of fault.undisturbed === 'first' ? [one] : [one, two]) {
    expectUndisturbed(scene.before, recovery.moved ?? truth, place.address);
  }
  expectLedger(run, truth, fault.tolerance?.(run));
  expect(run.json.ledger).toMatchObject(fault.ledger);
  expect(run.json.run.stopReason).toBe('signal');
  fault.also?.(run, scene);
}

/** Something is broken for a while; the time to recover begins when it is mended. */
export function brokenFor(
  durationMs: number,
  { breakIt, mend }: Record<'breakIt' | 'mend', (scene: FaultScene) => unknown>,
): FaultCase['strike'] {
  return async (scene) => {
    await breakIt(scene);
    await pause(durationMs);
    const { nowMs } = await scene.bed.truth();
    await mend(scene);
    return { seconds: await scene.bed.recovered(nowMs) };
  };
}

/**
 * The second worker is cut off for longer than its lease, so that its users move to the other, and comes
 * back.
 *
 * @param home - Waits until all users ask again, in seconds.
 */
export function cutOffBeyondItsLease({
  breakIt,
  mend,
  home = ({ bed, before }) => bed.recovered(before.nowMs + 1000),
}: Record<'breakIt' | 'mend', (scene: FaultScene) => void> & {
  readonly home?: (scene: FaultScene) => Promise<number>;
}): FaultCase['strike'] {
  return async (scene) => {
    breakIt(scene);
    const [seconds] = await Promise.all([home(scene), pause(BEYOND_LEASE_MS)]);
    const moved = await scene.bed.truth();
    mend(scene);
    await (await scene.bed.master).said(/worker w\d joined again from/);
    return { seconds, moved };
  };
}
