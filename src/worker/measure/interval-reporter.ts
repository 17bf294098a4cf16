import type { Clock, TimerHandle } from '../../base/clock.ts';
import { secondsToUs } from '../../base/units.ts';
import { NO_STALLS } from '../../stats/interval/interval.ts';
import { encodeInterval } from '../../stats/interval/interval-codec.ts';
import { Recorder, toInterval } from '../../stats/recorder/recorder.ts';
import type { ClockEstimate } from '../clock/clock-sync.ts';
import type { MasterLink } from '../link/master-link.ts';
import type { ProcessMonitor } from './self-monitor.ts';

/** How often the master hears what was sent. */
const TALLY_US = 250_000;
/** A second is cut a little after its end: a timer that fires early would have to fire again. */
const CUT_DELAY_US = 2000;

/** The users whose number a reporter tells; see `UserPool`. */
export interface CountedUsers {
  /** Users that ran at an instant of this worker's clock; asked in ascending order. */
  runningAt(instantUs: number): number;
  /** The most users at once since the last call. */
  takePeak(): number;
}

/** What a reporter works with. */
export interface IntervalReporterParts {
  readonly clock: Clock;
  readonly link: MasterLink;
  readonly monitor: ProcessMonitor;
  readonly users: CountedUsers;
}

/** Sends what is recorded under one lease, once a second of the run, numbered from 1. */
export class IntervalReporter {
  /** Where the users of the lease are counted. */
  readonly recorder: Recorder = new Recorder();
  readonly #parts: IntervalReporterParts;
  readonly #clock: Clock;
  readonly #epoch: number;
  readonly #onSecond: () => void;
  #sequence = 0;
  #startUs: number | undefined;
  #isFinished = false;
  #warnedOfNames = false;
  #estimate: ClockEstimate = { offsetUs: 0, errorUs: 0 };
  #timer: TimerHandle | undefined;

  /** @param onSecond - Called once a second of the run, before that second is sent. */
  constructor(parts: IntervalReporterParts, epoch: number, onSecond: () => void) {
    this.#parts = parts;
    this.#clock = parts.clock;
    this.#epoch = epoch;
    this.#onSecond = onSecond;
  }

  /** Whether the run's start is known. */
  get hasBegun(): boolean {
    return this.#startUs !== undefined;
  }

  /** The latest comparison of clocks, for the reports. */
  clock(estimate: ClockEstimate): void {
    this.#estimate = estimate;
  }

  /** The run's seconds count from `startUs` of this worker's clock; what is said again is ignored. */
  begin(startUs: number): void {
    if (this.#startUs !== undefined) return;
    this.#startUs = startUs;
    this.recorder.begin(startUs, this.#clock.nowUs());
    const { monitor } = this.#parts;
    monitor.read();
    monitor.watch?.(() => this.recorder.inFlight);
    this.#arm();
  }

  /** Sends the rest, also the second that is not over yet; nothing is recorded after that. */
  finish(): { readonly sequence: number; readonly startUs: number } {
    this.stop();
    if (this.#startUs !== undefined && !this.#isFinished) this.#send(true);
    this.#isFinished = true;
    return { sequence: this.#sequence, startUs: this.#startUs ?? this.#clock.nowUs() };
  }

  /** Sends no more. */
  stop(): void {
    this.#parts.monitor.rest?.();
    this.#clock.clearTimer(this.#timer);
  }

  #arm(): void {
    const startUs = this.#startUs ?? 0;
    const nowUs = this.#clock.nowUs();
    // Without half a microsecond of grace, rounding may set the timer for the instant at which it just fired.
    const before = Math.max(0, Math.floor((nowUs - CUT_DELAY_US - startUs + 0.5) / TALLY_US));
    // Nothing is due before the run's start: the first quarter of a second ends after it.
    const dueUs = startUs + (before + 1) * TALLY_US + CUT_DELAY_US;
    this.#timer = this.#clock.setTimer((dueUs - nowUs) / 1000, () => {
      this.#tell();
      this.#arm();
    });
  }

  /** Sends the seconds that are over, and the tally of the second that is not. */
  #tell(): void {
    if (this.recorder.hasEnded(this.#clock.nowUs())) {
      this.#onSecond();
      this.#send();
    }
    const tally = this.recorder.takeTally();
    if (tally !== undefined) this.#parts.link.tally(this.#epoch, tally);
  }

  #send(isLast = false): void {
    const { link, monitor, users } = this.#parts;
    const { recorder } = this;
    const nowUs = this.#clock.nowUs();
    if (isLast) recorder.flush(nowUs);
    else recorder.rotate(nowUs);
    const pending = recorder.takePending();
    if (pending.length === 0) return;
    const health = {
      ...monitor.read(),
      clockOffsetUs: this.#estimate.offsetUs,
      clockErrorUs: this.#estimate.errorUs,
    };
    // The peak is that since the last report. Where several seconds are reported, nobody knows which of them
    // had it.
    const usersPeak = users.takePeak();
    let stalls = health.stalls;
    for (const recorded of pending) {
      this.#sequence += 1;
      // Users are counted at the second's end: those that start with the next second do not count.
      const endUs = (this.#startUs ?? nowUs) + secondsToUs(recorded.second + 1);
      const interval = toInterval(
        recorded,
        users.runningAt(endUs),
        { ...health, stalls },
        usersPeak,
      );
      // The stalls are those since the last report too, and count once.
      stalls = NO_STALLS;
      link.deliver(this.#epoch, this.#sequence, encodeInterval(interval));
      recorder.recycle(recorded);
    }
    this.#warnOfNames(recorder.foldedNames);
  }

  #warnOfNames(foldedNames: number): void {
    if (foldedNames === 0 || this.#warnedOfNames) return;
    this.#warnedOfNames = true;
    this.#parts.link.send({
      type: 'log',
      level: 'warn',
      text: 'there are more than 1,000 request names: further ones are counted as (other names); give requests that have an id in their path one `name`',
    });
  }
}
