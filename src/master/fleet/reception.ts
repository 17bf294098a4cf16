import type { Clock } from '../../base/clock.ts';
import { ProtocolError } from '../../base/errors.ts';
import { type Blob, blobFrames } from '../../protocol/channel/frames.ts';
import type { RunConfig } from '../../protocol/messages/master-messages.ts';
import type {
  HelloMessage,
  WorkerFrame,
  WorkerMessage,
} from '../../protocol/messages/worker-messages.ts';
import { decodeTally } from '../../stats/interval/tally.ts';
import { answerHello } from './admission.ts';
import type { Farewell } from './farewell.ts';
import type { FleetListener } from './fleet-listener.ts';
import type { Losses } from './losses.ts';
import type { Member } from './member.ts';
import type { Roster } from './roster.ts';
import type { WorkerConnection, WorkerConnectionListener } from './worker-connection.ts';

/** Messages that say where a worker stands. */
const OF_A_LEASE: ReadonlySet<WorkerMessage['type']> = new Set([
  'ready',
  'prepared',
  'ended',
  'leaving',
  'drained',
] as const);

/** What workers are told when they come in. */
export interface ReceptionOptions {
  readonly clock: Clock;
  readonly config: Omit<RunConfig, 'workerIndex'>;
  readonly script: { readonly bytes: Uint8Array; readonly sha256: string };
  /** Names this process, so that workers know one that was started again. */
  readonly masterId: string;
  readonly listener: FleetListener;
}

/** Answers hellos, and sees to it that everything which arrives on a connection reaches the run. */
export class Reception implements WorkerConnectionListener {
  readonly #options: ReceptionOptions;
  readonly #clock: Clock;
  readonly #listener: FleetListener;
  readonly #roster: Roster;
  readonly #losses: Losses;
  readonly #farewell: Farewell;
  #closedFor: string | undefined;

  constructor(options: ReceptionOptions, roster: Roster, losses: Losses, farewell: Farewell) {
    this.#options = options;
    this.#clock = options.clock;
    this.#listener = options.listener;
    this.#roster = roster;
    this.#losses = losses;
    this.#farewell = farewell;
  }

  /** No worker may join from now on; those that are done may come back to hear that they are. */
  closeFor(reason: string): void {
    this.#closedFor = reason;
  }

  onHello(connection: WorkerConnection, hello: HelloMessage): void {
    const known = this.#roster.byNode(hello.nodeId);
    const { masterId, config } = this.#options;
    const run = { runId: config.runId, masterId, closedFor: this.#closedFor };
    const answer = answerHello(hello, known, run);
    if (answer.kind === 'refuse') {
      connection.refuse(answer.message, answer.hint);
      return;
    }
    const nowUs = this.#clock.nowUs();
    const member = known ?? this.#roster.admit(hello, nowUs);
    member.contact.terminate();
    if (answer.kind === 'resume') {
      if (answer.isRecalled) member.recall(answer.epoch);
      this.#connect(member, connection, answer.peerSaw);
      return;
    }
    // A worker that had not loaded its script yet loses nothing by beginning again.
    if (member.mayHaveUsers) this.#losses.lose(member, 'it began anew');
    member.beginLease(nowUs, answer.afterEpoch);
    this.#connect(member, connection, undefined);
    this.#listener.onJoined(member);
  }

  onFrame(connection: WorkerConnection, frame: WorkerFrame): void {
    const member = this.#hear(connection);
    if (member === undefined) return;
    switch (frame.type) {
      case 'hello':
        throw new ProtocolError('a second hello');
      case 'numbered':
        if (member.channel.accept(frame.number)) this.#onMessage(member, frame.message);
        break;
      case 'heartbeat':
        member.channel.confirm(frame.seen);
        if (member.contact.hearBlocked(frame.blockedMs)) this.#listener.onBlocked(member);
        this.#farewell.check();
        break;
      case 'clock-probe':
        member.contact.hearProbe(member.lastHeardUs);
        connection.send({
          type: 'clock-answer',
          id: frame.id,
          masterUs: member.lastHeardUs,
          seen: member.channel.lastReceived,
        });
        break;
    }
  }

  onInterval(connection: WorkerConnection, { epoch, number, bytes }: Blob): void {
    const member = this.#hear(connection);
    if (member === undefined) return;
    if (epoch < 1 || epoch > member.epoch) throw new ProtocolError(`an interval of epoch ${epoch}`);
    const { intervals } = member;
    if (!intervals.isNext(epoch, number)) {
      // The interval was sent again after a reconnect: its acknowledgement was lost, or is still to come.
      const stored = intervals.stored(epoch);
      if (number <= stored) connection.send({ type: 'stored', epoch, sequence: stored });
      return;
    }
    this.#listener.onInterval({ member, epoch, sequence: number, payload: bytes });
    intervals.receive(epoch, number);
  }

  onTally(connection: WorkerConnection, { epoch, bytes }: Blob): void {
    const member = this.#hear(connection);
    if (member === undefined) return;
    const update = decodeTally(bytes);
    // Everything of a lease that is over has come, or is known to be lost.
    if (epoch !== member.epoch) return;
    member.tally.add(update, member.lastHeardUs);
    this.#listener.onTally(member);
  }

  onBroken(connection: WorkerConnection, why: string): void {
    const member = this.#roster.ownerOf(connection);
    this.#listener.onRefused(member?.workerId ?? connection.transport.peer, why);
    member?.breach();
  }

  onClose(connection: WorkerConnection): void {
    const member = this.#roster.ownerOf(connection);
    this.#roster.disown(connection);
    if (member === undefined) return;
    member.disconnect(this.#clock.nowUs());
    this.#losses.endLastWords(member);
  }

  /** @param peerSaw - The last message that a worker which carries on has seen; `undefined`: a new lease. */
  #connect(member: Member, connection: WorkerConnection, peerSaw: number | undefined): void {
    this.#roster.own(connection, member, this.#clock.nowUs());
    this.#welcome(member, connection, peerSaw !== undefined);
    member.connect(connection, peerSaw);
  }

  #welcome(member: Member, connection: WorkerConnection, resumed: boolean): void {
    const { config, script, masterId } = this.#options;
    const { bytes, sha256 } = script;
    connection.send({
      type: 'welcome',
      workerId: member.workerId,
      masterId,
      epoch: member.epoch,
      resumed,
      lastReceived: member.channel.lastReceived,
      lastSequence: member.intervals.stored(member.epoch),
      config: { ...config, workerIndex: member.index },
      ...(resumed ? {} : { script: { bytes: bytes.length, sha256 } }),
    });
    if (resumed) return;
    for (const frame of blobFrames({ kind: 'script', epoch: 0, number: 0, bytes })) {
      connection.transport.sendBytes(frame);
    }
  }

  /** Something has arrived. @returns From whom; `undefined` where it is of no interest any more. */
  #hear(connection: WorkerConnection): Member | undefined {
    const member = this.#roster.ownerOf(connection);
    member?.contact.hear(this.#clock.nowUs());
    return member;
  }

  #onMessage(member: Member, message: WorkerMessage): void {
    if (message.type === 'holding') {
      if (member.isRestored) this.#listener.onHolding(member, message);
      return;
    }
    // The worker said this to the process before this one, and says it again in what it holds.
    if (member.isRestored && OF_A_LEASE.has(message.type)) return;
    // Said twice, or too late, it is of no use.
    if (message.type === 'ready' && !member.ready()) return;
    if (message.type === 'leaving' && !member.leave()) return;
    if (message.type === 'drained') member.endsWith(message.lastSequence);
    this.#listener.onMessage(member, message);
  }
}
