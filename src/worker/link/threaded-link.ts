import { Worker } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { SendFence } from '../../base/send-fence.ts';
import type { WorkerMessage } from '../../protocol/messages/worker-messages.ts';
import type { TallyUpdate } from '../../stats/interval/tally.ts';
import { Pulse } from '../clock/pulse.ts';
import type { MasterAddress } from './connect-master.ts';
import type { WorkerIdentity } from './greeting.ts';
import type { LinkEvent, MasterLink } from './master-link.ts';

/** What the link's thread is given at its start. */
export interface LinkThreadData {
  readonly address: MasterAddress;
  readonly identity: WorkerIdentity;
  readonly joinTimeoutMs: number;
  readonly orphanTimeoutMs: number | undefined;
  readonly rejoinTimeoutMs: number | undefined;
  readonly pulse: SharedArrayBuffer;
  readonly fence: SharedArrayBuffer;
}

/** What the users' thread tells the link's thread. */
export type LinkCommand =
  | {
      readonly type: 'send';
      readonly message: WorkerMessage;
      readonly epoch: number | undefined;
    }
  | {
      readonly type: 'deliver';
      readonly epoch: number;
      readonly sequence: number;
      readonly payload: Uint8Array;
    }
  | { readonly type: 'tally'; readonly epoch: number; readonly update: TallyUpdate }
  | { readonly type: 'close' };

/** A `WorkerLink` that lives in a thread of its own; see link-thread.ts for why. */
export class ThreadedLink implements MasterLink {
  readonly #thread: Worker;
  readonly #pulse = new Pulse(systemClock);
  /** Tells senders whether the lease allows them to send. */
  readonly fence: SendFence;
  /** What the thread said before `start` named a listener. */
  readonly #early: LinkEvent[] = [];
  #onEvent: (event: LinkEvent) => void = (event) => {
    this.#early.push(event);
  };
  #isClosed = false;
  #isGone = false;

  /** Starts the thread, which connects at once: events wait for `start`. */
  constructor(data: Omit<LinkThreadData, 'pulse' | 'fence'>) {
    this.fence = new SendFence(systemClock);
    const entry = import.meta.url.endsWith('.ts') ? './link-thread.ts' : './link-thread.js';
    this.#thread = new Worker(new URL(entry, import.meta.url), {
      workerData: {
        ...data,
        pulse: this.#pulse.memory,
        fence: this.fence.memory,
      } satisfies LinkThreadData,
      // The thread has no business with the command line's Node options (profilers, loaders).
      execArgv: [],
    });
    this.#thread.on('message', (event: LinkEvent) => this.#onEvent(event));
    this.#thread.on('error', (error) => this.#fail(messageOf(error)));
    this.#thread.on('exit', (code) => {
      this.#isGone = true;
      if (this.#isClosed) this.#onEvent({ type: 'closed', held: [] });
      else this.#fail(`it ended with ${code}`);
    });
  }

  start(onEvent: (event: LinkEvent) => void): void {
    this.#pulse.start();
    this.#onEvent = onEvent;
    for (const event of this.#early.splice(0)) onEvent(event);
  }

  send(message: WorkerMessage, epoch?: number): void {
    this.#post({ type: 'send', message, epoch });
  }

  deliver(epoch: number, sequence: number, payload: Uint8Array): void {
    this.#post({ type: 'deliver', epoch, sequence, payload });
  }

  tally(epoch: number, update: TallyUpdate): void {
    this.#post({ type: 'tally', epoch, update });
  }

  close(): void {
    this.#isClosed = true;
    this.fence.close();
    this.#pulse.stop();
    if (this.#isGone) this.#onEvent({ type: 'closed', held: [] });
    else this.#post({ type: 'close' });
  }

  #fail(why: string): void {
    this.#onEvent({
      type: 'ended',
      code: 'KAT_INTERNAL',
      message: `the connection's thread failed: ${why}`,
      hint: 'Please report this with the log.',
    });
  }

  #post(command: LinkCommand): void {
    this.#thread.postMessage(command);
  }
}
