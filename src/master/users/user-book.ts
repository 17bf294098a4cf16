import { assert } from '../../base/errors.ts';
import type { IterationShares } from '../../load/iteration-shares.ts';
import type { ClassSequence } from '../../load/user-classes.ts';
import { firstUsers, type LoadLevel, WantedUsers } from '../../load/wanted-users.ts';
import type { HeldUser, SpentUser } from '../../protocol/messages/worker-messages.ts';
import { createSlot, holdAgain, noteSpent, type UserSlot } from './user-slot.ts';

/** How far a change has come. */
export interface DispatchProgress {
  /** Users that ought to run once everything ordered is done; retired ones are not among them. */
  readonly wanted: number;
  /** Whether every order has become due and every user that had to end has ended. */
  readonly isSettled: boolean;
}

/** Who holds which user, and which users are wanted. Orders nothing, and knows only the times in the slots. */
export class UserBook {
  readonly #slots = new Map<number, UserSlot>();
  #sequence: ClassSequence;
  #wanted: WantedUsers = firstUsers(0);
  #held = 0;
  #shares: IterationShares | undefined;
  #iterationsMade = 0;

  constructor(sequence: ClassSequence) {
    this.#sequence = sequence;
  }

  /** The users to head for. */
  get wanted(): WantedUsers {
    return this.#wanted;
  }

  /** Whether every user that is wanted has ended by itself, so that none will run any more. */
  get isExhausted(): boolean {
    if (this.#held > 0 || this.#wanted.end === 0 || this.#slots.size === 0) return false;
    for (const slot of this.#slots.values()) if (this.isWanted(slot)) return false;
    return true;
  }

  /** Whether the run has a number of iterations, and all were made. */
  get areIterationsMade(): boolean {
    return this.#shares !== undefined && this.#iterationsMade >= this.#shares.total;
  }

  /** All users that were ever heard of. */
  slots(): Iterable<UserSlot> {
    return this.#slots.values();
  }

  /** The slots of one worker's users. */
  heldBy(workerId: string): UserSlot[] {
    return [...this.#slots.values()].filter(({ holder }) => holder === workerId);
  }

  /** A user that was heard of before. */
  known(user: number): UserSlot | undefined {
    return this.#slots.get(user);
  }

  /** The slot of a user number; `undefined` where all classes are used up. */
  slotOf(user: number): UserSlot | undefined {
    const known = this.#slots.get(user);
    if (known !== undefined) return known;
    const classIndex = this.#sequence.classOf(user);
    if (classIndex === undefined) return undefined;
    const slot = createSlot(user, classIndex, this.#shares?.of(user));
    this.#slots.set(user, slot);
    return slot;
  }

  /** Whether a user is to run. */
  isWanted({ user, isRetired }: UserSlot): boolean {
    return !isRetired && this.#wanted.has(user);
  }

  /** How many iterations each user makes; before any user is heard of. */
  share(shares: IterationShares | undefined): void {
    this.#shares = shares;
  }

  /** Other users are wanted from now on. */
  headFor(level: LoadLevel): void {
    this.#wanted = new WantedUsers(
      level,
      (user) => this.#slots.get(user)?.classIndex ?? this.#sequence.classOf(user),
    );
  }

  /** Users that are started from now on are of these classes; those that run, or only move, keep theirs. */
  switchTo(sequence: ClassSequence): void {
    this.#sequence = sequence;
    for (const slot of this.#slots.values()) {
      if (slot.holder === undefined) this.#chooseClass(slot);
    }
  }

  /** A worker is to start a user. @param atMs - Milliseconds since the run's start. */
  give(slot: UserSlot, holder: string, atMs: number): void {
    assert(slot.holder === undefined, 'a user has one holder');
    if (slot.wasOrdered) slot.incarnation += 1;
    slot.wasOrdered = true;
    slot.holder = holder;
    slot.startsAtMs = atMs;
    this.#held += 1;
  }

  /** A worker says that it has a user, whatever the book says. @param nowMs - Since the run's start. */
  holdAgain(slot: UserSlot, holder: string, held: HeldUser, nowMs: number): void {
    if (slot.holder === undefined) this.#held += 1;
    holdAgain(slot, holder, held, nowMs);
  }

  /** No worker has the user any more. */
  free(slot: UserSlot): void {
    slot.holder = undefined;
    slot.movesTo = undefined;
    slot.stopsAtMs = undefined;
    this.#held -= 1;
    this.#chooseClass(slot);
  }

  /** Takes up what a worker knows of a user that it has no more. */
  noteSpent(spent: SpentUser): void {
    const slot = this.slotOf(spent.user);
    if (slot === undefined) return;
    noteSpent(slot, spent);
    if (spent.iterations !== undefined) this.noteIterations(slot, spent.iterations);
  }

  /** A user has made iterations; one that has made all of its own never starts again. */
  noteIterations(slot: UserSlot, made: number): void {
    this.#iterationsMade += made;
    slot.iterationsLeft = Math.max(0, (slot.iterationsLeft ?? 0) - made);
    if (slot.iterationsLeft === 0) slot.isRetired = true;
  }

  /** The worker that each user counts on; users that are leaving for good count nowhere. */
  holdings(): Map<number, string> {
    const holdings = new Map<number, string>();
    for (const slot of this.#slots.values()) {
      const place = slot.stopsAtMs === undefined ? slot.holder : slot.movesTo;
      if (place === undefined || slot.holder === undefined) continue;
      // A user that stops already must not be told a second time.
      if (slot.stopsAtMs !== undefined && !this.#wanted.has(slot.user)) continue;
      holdings.set(slot.user, place);
    }
    return holdings;
  }

  /** Class of a user that may be started or goes on; `undefined`: not to be started now. */
  classToStart(user: number): number | undefined {
    const slot = this.slotOf(user);
    if (slot === undefined || slot.isRetired) return undefined;
    // A worker holds the user and it is leaving for good: its end must be reported first.
    if (slot.holder !== undefined && slot.stopsAtMs !== undefined && slot.movesTo === undefined) {
      return undefined;
    }
    return slot.classIndex;
  }

  /** How far the last change has come. @param nowMs - Milliseconds since the run's start. */
  progress(nowMs: number): DispatchProgress {
    let wanted = 0;
    let isSettled = true;
    for (const slot of this.#slots.values()) {
      const isHeld = slot.holder !== undefined;
      const isWanted = this.isWanted(slot);
      if (isWanted) wanted += 1;
      if (isWanted ? !isHeld || slot.startsAtMs > nowMs : isHeld) isSettled = false;
      if (isHeld && slot.stopsAtMs !== undefined) isSettled = false;
    }
    return { wanted, isSettled };
  }

  /** A user that ran and is wanted no more may come back as one of another class. */
  #chooseClass(slot: UserSlot): void {
    if (this.#wanted.has(slot.user)) return;
    slot.classIndex = this.#sequence.classOf(slot.user) ?? slot.classIndex;
  }
}
