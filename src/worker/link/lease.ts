import type { SendFence } from '../../base/send-fence.ts';
import { msToUs } from '../../base/units.ts';

/** A master gives a worker up this long after its connection closed. */
const CLOSED_LOST_MS = 5000;
/** A master answers probes once a second; it may be silent for this share of the lease. */
const PATIENCE_SHARE = 1 / 3;
/** However short the lease is, a few answers may be missing. */
const MIN_PATIENCE_MS = 3000;
/**
 * A lease ends so much earlier than the master's patience, or a tenth of that patience earlier where that is
 * less.
 */
const MARGIN_MS = 250;

/**
 * Until when this worker may be sure that its users are its own. It knows when it sent the newest message
 * that the master has answered. The master had not given the worker up at that instant, heard the message
 * no earlier, and counts its patience from when it heard it.
 *
 * | state | on | sending is allowed until |
 * | --- | --- | --- |
 * | no lease | welcome under a new lease | now: users of an earlier lease are still to be cut |
 * | new lease | users of earlier leases are gone | the newest answered message plus the master's patience |
 * | connected | a message is answered | the same |
 * | connected | the connection closes | the newest answered message plus 5 s |
 * | connected | this end hangs up on a silent master | the same as connected, but 5 s from then at most |
 * | closed | a port of this machine refuses | the attempt plus 5 s: no master is there |
 * | closed | welcome back | the same as connected |
 *
 * In no state is sending allowed for more than 5 s after this process last read what had arrived: a
 * process that stood still may have the close of its connection still to read.
 */
export class Lease {
  readonly #fence: SendFence;
  #provenUs = Number.NEGATIVE_INFINITY;
  #patienceMs = 0;
  #isConnected = false;
  #aliveUs = Number.NEGATIVE_INFINITY;
  /** The earliest instant at which the master may have noticed that the connection is closed. */
  #closedUs: number | undefined;
  /** Whether only users of this lease are left. */
  #isOwn = false;

  constructor(fence: SendFence) {
    this.#fence = fence;
  }

  /**
   * Notes that the master has let this worker in.
   *
   * @param helloUs - When the hello was sent that the master answers.
   * @param silenceMs - For how long the master hears nothing before it gives a worker up.
   */
  welcome(isResumed: boolean, helloUs: number, silenceMs: number): void {
    this.#isConnected = true;
    this.#isOwn = isResumed;
    this.#closedUs = undefined;
    this.#provenUs = helloUs;
    this.#patienceMs = silenceMs;
    this.#tell();
  }

  /** Notes that no user of an earlier lease is left. */
  own(): void {
    this.#isOwn = true;
    this.#tell();
  }

  /** Notes that this process has read everything that had arrived by that instant. */
  alive(nowUs: number): void {
    this.#aliveUs = nowUs;
    if (this.#patienceMs > 0) this.#tell();
  }

  /** Notes that the master has answered a message that was sent at that instant. */
  answered(sentUs: number): void {
    this.#provenUs = Math.max(this.#provenUs, sentUs);
    this.#tell();
  }

  /** Notes that this end is about to close the connection: the master cannot have noticed a close before. */
  hangingUp(nowUs: number): void {
    this.#closedUs = nowUs;
  }

  /** Notes that the connection is closed. */
  disconnected(): void {
    this.#isConnected = false;
    this.#closedUs ??= this.#provenUs;
    this.#tell();
  }

  /** Notes that there was no master at that instant, and so nobody who gave this worker's users to others. */
  masterless(atUs: number): void {
    if (this.#patienceMs === 0) return;
    this.#closedUs = atUs;
    this.answered(atUs);
  }

  #tell(): void {
    const silentUs = this.#provenUs + lessMargin(this.#patienceMs);
    const closedLostUs = lessMargin(Math.min(CLOSED_LOST_MS, this.#patienceMs));
    const readUs = this.#aliveUs + closedLostUs;
    const closedUs = this.#isConnected ? readUs : (this.#closedUs ?? 0) + closedLostUs;
    this.#fence.untilUs = this.#isOwn ? Math.min(silentUs, closedUs, readUs) : 0;
  }
}

function lessMargin(patienceMs: number): number {
  return msToUs(patienceMs - Math.min(MARGIN_MS, patienceMs / 10));
}

/**
 * Silence, in milliseconds, after which the worker takes its connection for half open. It still has time
 * then to make another one within the lease.
 *
 * @param leaseMs - `undefined` before the first lease.
 */
export function leasePatienceMs(leaseMs: number | undefined): number {
  if (leaseMs === undefined) return Number.POSITIVE_INFINITY;
  return Math.min(leaseMs, Math.max(leaseMs * PATIENCE_SHARE, MIN_PATIENCE_MS));
}
