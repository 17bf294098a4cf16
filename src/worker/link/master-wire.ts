import { blobFrames } from '../../protocol/channel/frames.ts';
import type { Transport } from '../../protocol/channel/transport.ts';
import type { WorkerFrame } from '../../protocol/messages/worker-messages.ts';
import { encodeTally, type TallyUpdate } from '../../stats/interval/tally.ts';
import type { OutgoingInterval } from './interval-outbox.ts';

/** Puts what a worker has to say on one connection to its master. */
export class MasterWire {
  readonly transport: Transport;

  /** @param transport - Open. What is sent after its close is dropped. */
  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** Sends a text message. */
  frame(frame: WorkerFrame): void {
    this.transport.sendText(JSON.stringify(frame));
  }

  /** Sends an encoded interval, in chunks. */
  interval({ epoch, sequence, payload }: OutgoingInterval): void {
    this.#blob('interval', epoch, sequence, payload);
  }

  /** Sends what was sent to the target under the lease `epoch`, by name. */
  tally(epoch: number, update: TallyUpdate): void {
    this.#blob('tally', epoch, 0, encodeTally(update));
  }

  #blob(kind: 'interval' | 'tally', epoch: number, number: number, bytes: Uint8Array): void {
    for (const frame of blobFrames({ kind, epoch, number, bytes })) {
      this.transport.sendBytes(frame);
    }
  }
}
