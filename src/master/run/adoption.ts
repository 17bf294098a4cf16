import type { HeldUser, HoldingState, SpentUser } from '../../protocol/messages/worker-messages.ts';
import type { HoldingMessage } from '../fleet/fleet-listener.ts';
import type { Member } from '../fleet/member.ts';
import type { RunParts } from './run-parts.ts';
import type { RunStart } from './run-start.ts';

/** What a worker has said so far. */
interface Holding {
  readonly held: HeldUser[];
  readonly spent: SpentUser[];
}

/**
 * Takes up the workers of a run that another process began: each says what it holds. Once all have said so or
 * are given up, the users that no worker holds are given out.
 */
export class Adoption {
  readonly #parts: RunParts;
  readonly #start: RunStart;
  readonly #holdings = new Map<Member, Holding>();
  #isOver = false;

  constructor(parts: RunParts, start: RunStart) {
    this.#parts = parts;
    this.#start = start;
  }

  /** A worker says what it holds, or a part of it. */
  onHolding(member: Member, { held, spent, state }: HoldingMessage): void {
    const holding = this.#holdings.get(member) ?? { held: [], spent: [] };
    holding.held.push(...held);
    holding.spent.push(...spent);
    this.#holdings.set(member, holding);
    if (state === undefined) return;
    this.#holdings.delete(member);
    this.#adopt(member, holding, state);
    this.check();
  }

  /** Looks whether all workers are there; to be called when one is given up, and about once a second. */
  check(): void {
    if (this.#isOver) return;
    const { fleet, load, course } = this.#parts;
    const members = fleet.members();
    if (members.some((member) => member.isRestored && member.isAlive)) return;
    // A worker that joined right before the crash may not be in the run file.
    if (members.length === 0 && fleet.restoredForMs > 0) return;
    this.#isOver = true;
    load.endAdoption();
    // The last user may have ended while no master was there to hear of it.
    const { isExhausted, areIterationsMade } = load;
    if (isExhausted) course.happen({ type: 'exhausted', areIterationsMade });
  }

  #adopt(member: Member, holding: Holding, state: HoldingState): void {
    const { fleet, load, news, course } = this.#parts;
    const { isRunning } = course;
    if (course.isWaiting && state.isStarted) {
      // The worker knows of a start that nobody recorded: its users fit no other start.
      fleet.giveUp(member, 'it works for a start of the run that was not stored');
      return;
    }
    member.takeUp();
    const { workerId } = member;
    news.back(member, holding.held.length);
    const takesUsers = state.stops === 'no' && state.isReady;
    if (takesUsers) member.ready();
    else if (state.stops !== 'no') member.leave();
    if (isRunning && state.isStarted) load.adopt(workerId, holding, takesUsers);
    if (takesUsers) this.#start.onBack(member, state);
    // The process before this one had ended the run, and the file does not say why.
    if (state.stops === 'by order' && isRunning) course.happen({ type: 'stop', reason: 'control' });
  }
}
