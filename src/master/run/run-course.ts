import { assert } from '../../base/errors.ts';
import { type LifeEffect, type LifeEvent, nextLife, type RunLife } from './lifecycle.ts';

/** Carries out what the run's life asks for. */
export interface EffectRunner {
  carryOut(effect: LifeEffect): void;
}

/** Where the run stands now: every part of the run tells it what happens, and nobody else changes it. */
export class RunCourse {
  #life: RunLife;
  #runner: EffectRunner | undefined;

  constructor(life: RunLife) {
    this.#life = life;
  }

  get life(): RunLife {
    return this.#life;
  }

  /** Whether the first user is still to come. */
  get isWaiting(): boolean {
    return this.#life.phase === 'waiting' || this.#life.phase === 'preparing';
  }

  /** Whether users should run now. */
  get isRunning(): boolean {
    return this.#life.phase === 'running';
  }

  /** Whether the run is about to end, the script's part after the last user included. */
  get isStopping(): boolean {
    return this.#life.phase === 'stopping' || this.#life.phase === 'ending';
  }

  /** Whether there is nothing left to do but to say so. */
  get isOver(): boolean {
    return this.#life.phase === 'finished';
  }

  /** Names who carries out the effects; before anything happens. */
  follow(runner: EffectRunner): void {
    this.#runner = runner;
  }

  /** Something happens; its effects are carried out before this returns. */
  happen(event: LifeEvent): void {
    assert(this.#runner !== undefined, 'effects need somebody who carries them out');
    const { life, effects } = nextLife(this.#life, event);
    this.#life = life;
    for (const effect of effects) this.#runner.carryOut(effect);
  }
}
