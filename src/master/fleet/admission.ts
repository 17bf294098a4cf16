import type { HelloMessage } from '../../protocol/messages/worker-messages.ts';
import type { MemberState } from './member-state.ts';

/** A worker that breaks the rules so often is not let in again: it would do so for ever. */
export const MAX_BREACHES = 3;

/** What a fleet knows of a worker that says hello. */
export interface KnownWorker {
  readonly state: MemberState;
  readonly epoch: number;
  /** Whether it is known from the run file alone. */
  readonly isRestored: boolean;
  /** How often it broke the rules of the protocol. */
  readonly breaches: number;
}

/** What a fleet's run has to do with a hello. */
export interface AdmittingRun {
  readonly runId: string;
  /** Names the master's process. */
  readonly masterId: string;
  /** Why nobody may join any more; `undefined` while workers may. */
  readonly closedFor: string | undefined;
}

/** What becomes of a hello. */
export type HelloAnswer =
  | { readonly kind: 'refuse'; readonly message: string; readonly hint: string }
  /** The worker begins anew, under the epoch after this one. */
  | { readonly kind: 'new lease'; readonly afterEpoch: number }
  | {
      /** The worker carries on under its lease. */
      readonly kind: 'resume';
      readonly epoch: number;
      /** The last message of this process that the worker has seen. */
      readonly peerSaw: number;
      /** Only an earlier master process knew that lease: the worker is to say what it holds. */
      readonly isRecalled: boolean;
    };

/**
 * Decides about a hello.
 *
 * @param known - The worker with the hello's `nodeId`; `undefined` where it was never here.
 */
export function answerHello(
  hello: HelloMessage,
  known: KnownWorker | undefined,
  run: AdmittingRun,
): HelloAnswer {
  const { resume } = hello;
  if (resume !== undefined && resume.runId !== run.runId) {
    // Its intervals are of that run, and its script too.
    return refuse(
      'the run that this worker belongs to is not here any more',
      'Start the worker again.',
    );
  }
  if (known !== undefined && known.breaches >= MAX_BREACHES) {
    return refuse(
      'this worker has broken the protocol too often',
      'Please report this with the logs of both.',
    );
  }
  if (resume !== undefined && canResume(known, resume.epoch)) {
    const peerSaw = resume.masterId === run.masterId ? resume.lastReceived : 0;
    const isRecalled = known === undefined || known.isRestored;
    return { kind: 'resume', epoch: resume.epoch, peerSaw, isRecalled };
  }
  if (run.closedFor !== undefined) {
    return refuse(run.closedFor, 'Start a new run for it to join.');
  }
  return { kind: 'new lease', afterEpoch: Math.max(known?.epoch ?? 0, resume?.epoch ?? 0) };
}

/** Whether a worker carries on under the lease that it names: not lost since, though it may be done. */
function canResume(known: KnownWorker | undefined, epoch: number): boolean {
  // The worker's join was not stored when the process before this one ended.
  if (known === undefined) return true;
  if (known.state === 'lost') return false;
  // The file knows only leases that have intervals.
  return known.isRestored ? epoch >= known.epoch : epoch === known.epoch;
}

function refuse(message: string, hint: string): HelloAnswer {
  return { kind: 'refuse', message, hint };
}
