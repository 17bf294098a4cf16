import type { Clock, TimerHandle } from '../../base/clock.ts';
import { ProtocolError } from '../../base/errors.ts';
import type { Transport } from '../../protocol/channel/transport.ts';

/** An attempt that has not succeeded after so long counts as failed. */
const ATTEMPT_TIMEOUT_MS = 15_000;
const MIN_BACKOFF_MS = 100;
/** The longest pause: well below the 5 s after which a worker with a closed connection is lost. */
const MAX_BACKOFF_MS = 1000;

/** What a dialer works with. */
export interface MasterDialerOptions {
  readonly clock: Clock;
  readonly connect: () => Promise<Transport>;
  /** Uniform in [0, 1): jitter of the pauses. */
  readonly random: () => number;
}

/** Opens connections to the master, one attempt at a time, with pauses that grow from 0.1 to 1 s. */
export class MasterDialer {
  readonly #options: MasterDialerOptions;
  readonly #onConnected: (transport: Transport) => void;
  readonly #onFailed: (error: unknown) => void;
  #failures = 0;
  #dialledUs = 0;
  /** Names the attempt under way; results of earlier attempts are dropped. */
  #attempt = 0;
  #timer: TimerHandle | undefined;

  /** @param onFailed - An attempt has failed; the owner dials again or not. */
  constructor(
    options: MasterDialerOptions,
    onConnected: (transport: Transport) => void,
    onFailed: (error: unknown) => void,
  ) {
    this.#options = options;
    this.#onConnected = onConnected;
    this.#onFailed = onFailed;
  }

  /** Pauses since the last success. */
  get failures(): number {
    return this.#failures;
  }

  /** When the newest attempt began, in microseconds of the clock. */
  get dialledUs(): number {
    return this.#dialledUs;
  }

  /** Tries now. */
  dial(): void {
    const { clock, connect } = this.#options;
    this.#attempt += 1;
    this.#dialledUs = clock.nowUs();
    const attempt = this.#attempt;
    this.#timer = clock.setTimer(ATTEMPT_TIMEOUT_MS, () => {
      if (!this.#conclude(attempt)) return;
      this.#onFailed(new ProtocolError(`no answer within ${ATTEMPT_TIMEOUT_MS / 1000} s`));
    });
    connect().then(
      (transport) => {
        if (this.#conclude(attempt)) this.#onConnected(transport);
        else transport.terminate();
      },
      (error: unknown) => {
        if (this.#conclude(attempt)) this.#onFailed(error);
      },
    );
  }

  /** Tries after a pause, which is twice the last one. */
  dialLater(): void {
    const { clock, random } = this.#options;
    const pauseMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(this.#failures, 10));
    this.#failures += 1;
    clock.clearTimer(this.#timer);
    // The pause has jitter: the workers of a master that comes back must not all knock at once.
    this.#timer = clock.setTimer(pauseMs * (0.5 + random() / 2), () => this.dial());
  }

  /** The connection has proven good: the next pause is short again. */
  succeed(): void {
    this.#failures = 0;
  }

  /** Makes no more attempts. */
  close(): void {
    this.#attempt += 1;
    this.#options.clock.clearTimer(this.#timer);
  }

  /** @returns Whether the attempt is still the one under way; then it is over. */
  #conclude(attempt: number): boolean {
    if (attempt !== this.#attempt) return false;
    this.#attempt += 1;
    this.#options.clock.clearTimer(this.#timer);
    return true;
  }
}
