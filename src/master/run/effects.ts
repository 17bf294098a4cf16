import type { TimerHandle } from '../../base/clock.ts';
import type { RunEnd } from '../../store/record/run-record.ts';
import type { RunOutcome } from '../record/run-outcome.ts';
import type { LifeEffect } from './lifecycle.ts';
import type { EffectRunner } from './run-course.ts';
import type { RunDuties } from './run-duties.ts';
import type { RunParts } from './run-parts.ts';

/** How long workers that have just lost their connection may take to hear that the run is over. */
const FAREWELL_MS = 2000;

/** Carries out what the run's life asks for. */
export class RunEffects implements EffectRunner {
  readonly #parts: RunParts;
  readonly #duties: RunDuties;
  readonly #ended: PromiseWithResolvers<RunOutcome> = Promise.withResolvers();
  #giveUpTimer: TimerHandle | undefined;

  constructor(parts: RunParts, duties: RunDuties) {
    this.#parts = parts;
    this.#duties = duties;
  }

  /** Resolves once the run's end is in the run file and the workers know it. */
  get ended(): Promise<RunOutcome> {
    return this.#ended.promise;
  }

  carryOut(effect: LifeEffect): void {
    const { fleet, journal, log, time } = this.#parts;
    const { start, publisher, delivery, ticker } = this.#duties;
    switch (effect.type) {
      case 'await-workers':
        start.awaitWorkers();
        break;
      case 'end-wait':
        start.endWait();
        break;
      case 'prepare':
        start.prepare();
        break;
      case 'record-workers':
        start.recordWorkers();
        break;
      case 'start-workers':
        start.startWorkers(effect);
        ticker.restart();
        break;
      case 'take-up':
        start.takeUp(effect.startUs);
        break;
      case 'end-start':
        this.#endStart();
        break;
      case 'announce-stop':
        this.#announceStop(effect);
        break;
      case 'cut-after':
        time.cutAfter(effect.delayMs);
        break;
      case 'tell-workers':
        fleet.broadcast(effect.message);
        break;
      case 'commit':
        void journal.commit();
        break;
      case 'give-up-after':
        this.#giveUpAfter(effect);
        break;
      case 'publish':
        publisher.publish();
        break;
      case 'log':
        log.line(effect.level, effect.text);
        break;
      case 'look-for-end':
        delivery.lookForEnd();
        break;
      case 'end-script':
        this.#endScript();
        break;
      case 'conclude':
        void this.#conclude(effect);
        break;
    }
  }

  #endStart(): void {
    const { start, alone } = this.#duties;
    start.close();
    alone.close();
  }

  #announceStop({ reason, timeoutMs }: LifeEffect & { readonly type: 'announce-stop' }): void {
    const { hooks, log, aggregate } = this.#parts;
    hooks?.stopping();
    log.event('stopping', { reason, users: aggregate.users.now });
    log.line('info', `stopping (${reason}): running iterations have ${timeoutMs / 1000} s`);
  }

  #giveUpAfter(effect: LifeEffect & { readonly type: 'give-up-after' }): void {
    const { clock, fleet } = this.#parts;
    const { delivery } = this.#duties;
    const { delayMs, waitsForRestored } = effect;
    const restoredForMs = waitsForRestored ? fleet.restoredForMs : 0;
    clock.clearTimer(this.#giveUpTimer);
    this.#giveUpTimer = clock.setTimer(Math.max(delayMs, restoredForMs), () =>
      delivery.giveUpPending(),
    );
  }

  #endScript(): void {
    const { clock, hooks, time, course } = this.#parts;
    const { start } = this.#duties;
    clock.clearTimer(this.#giveUpTimer);
    time.end();
    if (hooks === undefined) course.happen({ type: 'script-ended' });
    else void hooks.end(start.isScriptSetUp).then(() => course.happen({ type: 'script-ended' }));
  }

  async #conclude(effect: LifeEffect & { readonly type: 'conclude' }): Promise<void> {
    const { clock, desk, course, log } = this.#parts;
    const { ticker, publisher } = this.#duties;
    clock.clearTimer(this.#giveUpTimer);
    ticker.close();
    desk.end();
    await this.#recordEnd({
      endedAtEpochMs: clock.epochMs(),
      durationSeconds: effect.lastUserEndUs / 1e6,
      stopReason: effect.stopReason,
    });
    publisher.publish();
    const { stopReason, isForced, error } = course.life;
    const outcome = { stopReason, isForced, ...(error === undefined ? {} : { error }) };
    log.ended(outcome);
    this.#ended.resolve(outcome);
  }

  /**
   * Records the run's end, then tells the workers: a master that is killed in between leaves a run that
   * has ended, and not one whose workers are gone.
   */
  async #recordEnd(end: RunEnd): Promise<void> {
    const { fleet, news, log, journal } = this.#parts;
    fleet.closeFor('the run is over');
    const present = fleet.members().filter((member) => member.isAlive);
    for (const member of present) news.finished(member);
    log.event('finished', { reason: end.stopReason });
    await journal.finish(end);
    for (const member of present) fleet.finish(member);
    await fleet.farewell(present, FAREWELL_MS);
  }
}
