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
/** Cut a little after the second's end: a timer that fires early would only have to fire again. */
const CUT_DELAY_US = 2000;

/** What a reporter works with. */
export interface IntervalReporterOptions {
  readonly clock: Clock;
  readonly link: MasterLink;
  readonly monitor: ProcessMonitor;
  /** Users that ran at an instant of this worker's clock; asked in ascending order. */
  readonly countUsers: (instantUs: number) => number;
  /** The most users at once since the last call. */
  readonly takePeakUsers: () => number;
  /** Called once a second of the run, before that second is sent. */
  readonly onSecond?: () => void;
}

/** Sends what was recorded, once a second of the run, numbered within the worker's epoch. */
export class IntervalReporter {
  readonly #options: IntervalReporterOptions;
  readonly #clock: Clock;
  #epoch = 0;
  #sequence = 0;
  #startUs: number | undefined;
  #isFinished = false;
  #recorder = new Recorder();
  #warnedOfNames = false;
  #estimate: ClockEstimate = { offsetUs: 0, errorUs: 0 };
  #timer: TimerHandle | undefined;

  constructor(options: IntervalReporterOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** Whether the run's start is known under the present lease. */
  get hasBegun(): boolean {
    return this.#startUs !== undefined;
  }

  /** Where the users of the present lease are counted. */
  get recorder(): Recorder {
    return this.#recorder;
  }

  /** The latest comparison of clocks, for the reports. */
  clock(estimate: ClockEstimate): void {
    this.#estimate = estimate;
  }

  /** A new lease: what is left of the old one is sent as its last interval, numbers begin anew. */
  beginEpoch(epoch: number): void {
    this.finish();
    this.#recorder = new Recorder();
    this.#startUs = undefined;
    this.#isFinished = false;
    this.#epoch = epoch;
    this.#sequence = 0;
  }

  /** The run's seconds count from `startUs` of this worker's clock; said once in a lease. */
  begin(startUs: number): void {
    if (this.#startUs !== undefined) return;
    this.#startUs = startUs;
    this.#recorder.begin(startUs, this.#clock.nowUs());
    const { monitor } = this.#options;
    monitor.read();
    monitor.watch?.(() => this.#recorder.inFlight);
    this.#arm();
  }

  /** Sends the rest, the second that is not over included; nothing is recorded after that. */
  finish(): { readonly sequence: number; readonly startUs: number } {
    this.stop();
    if (this.#startUs !== undefined && !this.#isFinished) this.#send(true);
    this.#isFinished = true;
    return { sequence: this.#sequence, startUs: this.#startUs ?? this.#clock.nowUs() };
  }

  /** Sends no more. */
  stop(): void {
    this.#options.monitor.rest?.();
    this.#clock.clearTimer(this.#timer);
  }

  #arm(): void {
    const startUs = this.#startUs ?? 0;
    const nowUs = this.#clock.nowUs();
    // Half a microsecond of grace, or rounding may set the timer for the instant that it fired at.
    const before = Math.max(0, Math.floor((nowUs - CUT_DELAY_US - startUs + 0.5) / TALLY_US));
    // None before the run has begun: its first second is not over earlier than that.
    const dueUs = startUs + (before + 1) * TALLY_US + CUT_DELAY_US;
    this.#timer = this.#clock.setTimer((dueUs - nowUs) / 1000, () => {
      this.#tell();
      this.#arm();
    });
  }

  /** The seconds that are over, and what was sent in the one that is not. */
  #tell(): void {
    if (this.#recorder.hasEnded(this.#clock.nowUs())) {
      this.#options.onSecond?.();
      this.#send();
    }
    const tally = this.#recorder.takeTally();
    if (tally !== undefined) this.#options.link.tally(this.#epoch, tally);
  }

  #send(isLast = false): void {
    const { link, monitor, countUsers, takePeakUsers } = this.#options;
    const recorder = this.#recorder;
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
    // Of all seconds since the last cut: mostly one, and which of several had it nobody knows.
    const usersPeak = takePeakUsers();
    let stalls = health.stalls;
    for (const recorded of pending) {
      this.#sequence += 1;
      // As its second ends: users that start with the next one are not of it.
      const endUs = (this.#startUs ?? nowUs) + secondsToUs(recorded.second + 1);
      const interval = toInterval(recorded, countUsers(endUs), { ...health, stalls }, usersPeak);
      // Of all these seconds, too; counted once.
      stalls = NO_STALLS;
      link.deliver(this.#epoch, this.#sequence, encodeInterval(interval));
      recorder.recycle(recorded);
    }
    this.#warnOfNames(recorder.foldedNames);
  }

  #warnOfNames(foldedNames: number): void {
    if (foldedNames === 0 || this.#warnedOfNames) return;
    this.#warnedOfNames = true;
    this.#options.link.send({
      type: 'log',
      level: 'warn',
      text: 'more than 1,000 request names: further ones are counted as (other names); give requests with ids in their path one `name`',
    });
  }
}
