import { ProtocolError } from '../../base/errors.ts';
import { BlobAssembler } from '../../protocol/channel/frames.ts';
import type { RunConfig, WelcomeMessage } from '../../protocol/messages/master-messages.ts';
import type { HelloMessage, WorkerFrame } from '../../protocol/messages/worker-messages.ts';

/** Largest script that a worker takes, in bytes; a little more than a master accepts. */
const MAX_SCRIPT_BYTES = 24 * 1024 * 1024;

/** What a worker knows of its place in the run since a master let it in. */
export interface Membership {
  readonly masterId: string;
  /** The lease. */
  readonly epoch: number;
  readonly config: RunConfig;
}

/** What a worker says of itself. */
export type WorkerIdentity = Omit<HelloMessage, 'type' | 'resume'>;

/**
 * The first message on a connection.
 *
 * @param membership - The lease that the worker takes up again; absent before the first one.
 * @param lastReceived - Number of the last control message that came under it.
 */
export function helloFrame(
  identity: WorkerIdentity,
  membership: Membership | undefined,
  lastReceived: number,
): WorkerFrame {
  if (membership === undefined) return { type: 'hello', ...identity };
  const { masterId, epoch, config } = membership;
  return {
    type: 'hello',
    ...identity,
    resume: { runId: config.runId, epoch, lastReceived, masterId },
  };
}

/**
 * Checks that a welcome fits what the worker knows.
 *
 * @throws {ProtocolError} Where the welcome is from another run, resumes another lease, or announces no
 *   script that a worker can take.
 */
export function checkWelcome(welcome: WelcomeMessage, membership: Membership | undefined): void {
  if (membership !== undefined && welcome.config.runId !== membership.config.runId) {
    throw new ProtocolError(`the master has another run: ${welcome.config.runId}`);
  }
  if (welcome.resumed) {
    const epoch = membership?.epoch ?? 0;
    if (welcome.epoch !== epoch) {
      throw new ProtocolError(`the master resumes lease ${welcome.epoch}, not ${epoch}`);
    }
    return;
  }
  const bytes = welcome.script?.bytes ?? 0;
  if (bytes <= 0 || bytes > MAX_SCRIPT_BYTES) {
    throw new ProtocolError(`the master announces a script of ${bytes} bytes`);
  }
}

/** The script that a welcome announced, while its parts arrive. */
export class ScriptArrival {
  readonly welcome: WelcomeMessage;
  readonly #bytes: number;
  readonly #assembler: BlobAssembler;

  /** @param welcome - Checked by `checkWelcome`, and of a new lease. */
  constructor(welcome: WelcomeMessage) {
    this.welcome = welcome;
    this.#bytes = welcome.script?.bytes ?? 0;
    this.#assembler = new BlobAssembler('script', this.#bytes);
  }

  /**
   * Takes the next part.
   *
   * @returns The script, once it is whole.
   * @throws {ProtocolError} Where the part is no part of it, or its size is not the one announced.
   */
  push(frame: Uint8Array): Uint8Array | undefined {
    const script = this.#assembler.push(frame)?.bytes;
    if (script !== undefined && script.length !== this.#bytes) {
      throw new ProtocolError(
        `a script of ${script.length} bytes came, ${this.#bytes} were announced`,
      );
    }
    return script;
  }
}
