import type { SendFence } from '../../base/send-fence.ts';
import { msToUs } from '../../base/units.ts';

/** A master gives a worker up this long after its connection closed. */
const CLOSED_LOST_MS = 5000;
/** A lease ends so much before the master's patience does, or a tenth of it where that is less. */
const MARGIN_MS = 250;

/**
 * Until when this worker may be sure that its users are its own. All that it goes by is when it sent
 * something that the master has answered since: the master had not given it up then, heard it no earlier,
 * and waits its time from there.
 *
 * | state | on | sending is allowed until |
 * | --- | --- | --- |
 * | no lease yet | welcome under a new lease | no longer: users of an earlier lease are still to be cut |
 * | new lease | they are | that, counted from the newest answered message, and the time of silence |
 * | connected | a message is answered | the same |
 * | connected | the connection closes | the newest answered message, and 5 s |
 * | connected | this end hangs up, as it hears nothing | the same as connected, but 5 s from then at most |
 * | closed | refused by a port of this machine | the attempt, and 5 s: no master lives there |
 * | closed | welcomed back | as connected |
 *
 * And never for longer than 5 s from when this end was last known to be reading: one that stood still may
 * have to read yet that its connection was closed.
 */
export class Lease {
  readonly #fence: SendFence;
  #provenUs = Number.NEGATIVE_INFINITY;
  #patienceMs = 0;
  #isConnected = false;
  #aliveUs = Number.NEGATIVE_INFINITY;
  /** From when on the master may know that the connection is closed. */
  #closedUs: number | undefined;
  /** Whether users of this lease alone are left. */
  #isOwn = false;

  constructor(fence: SendFence) {
    this.#fence = fence;
  }

  /**
   * The master takes this worker on.
   *
   * @param helloUs - When the hello that it answers was sent.
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

  /** No user of an earlier lease is left. */
  own(): void {
    this.#isOwn = true;
    this.#tell();
  }

  /** What had come by then was read. */
  alive(nowUs: number): void {
    this.#aliveUs = nowUs;
    if (this.#patienceMs > 0) this.#tell();
  }

  /** Something that was sent at that instant has been answered. */
  answered(sentUs: number): void {
    this.#provenUs = Math.max(this.#provenUs, sentUs);
    this.#tell();
  }

  /** This end is about to close the connection: the master cannot have heard of that before. */
  hangingUp(nowUs: number): void {
    this.#closedUs = nowUs;
  }

  /** The connection is closed. */
  disconnected(): void {
    this.#isConnected = false;
    this.#closedUs ??= this.#provenUs;
    this.#tell();
  }

  /** At that instant nobody was there who could give users to others. */
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
