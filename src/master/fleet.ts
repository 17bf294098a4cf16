import type { Clock } from '../base/clock.ts';
import { ProtocolError } from '../base/errors.ts';
import { BlobAssembler, blobFrames } from '../protocol/frames.ts';
import type { MasterFrame, MasterMessage, RunConfig } from '../protocol/master-messages.ts';
import type { Transport } from '../protocol/transport.ts';
import {
  type HelloMessage,
  parseWorkerFrame,
  type WorkerFrame,
  type WorkerMessage,
} from '../protocol/worker-messages.ts';
import { Member } from './member.ts';

/** Largest interval accepted, in bytes. */
const MAX_INTERVAL_BYTES = 32 * 1024 * 1024;
/** Time for the first message on a new connection. */
const HELLO_TIMEOUT_MS = 5000;
/** A closed connection that is not taken up again within this time is a lost worker. */
const CLOSED_LOST_MS = 5000;
/** A script that blocks its event loop for longer than this is named. */
const BLOCKED_NOTICE_MS = 1000;

/** An interval as it arrived. */
export interface ArrivedInterval {
  readonly member: Member;
  readonly epoch: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** Who is told what happens to the workers. */
export interface FleetListener {
  /** A new lease began: a worker joined, or came back after it was given up. */
  onJoined(member: Member): void;
  onMessage(member: Member, message: WorkerMessage): void;
  onInterval(interval: ArrivedInterval): void;
  /** Nothing was heard for the late time; `false`: it is heard again. */
  onLate(member: Member, isLate: boolean): void;
  /** Given up: its users are free, what it had not delivered is unknown. */
  onLost(member: Member, why: string): void;
  /** Its script has been blocking the event loop for more than a second. Told once an episode. */
  onBlocked(member: Member): void;
  /** A connection that broke the rules, or one refused. */
  onRefused(peer: string, why: string): void;
}

/** What a fleet works with. */
export interface FleetOptions {
  readonly clock: Clock;
  readonly config: Omit<RunConfig, 'workerIndex'>;
  readonly script: { readonly bytes: Uint8Array; readonly sha256: string };
  readonly lateAfterMs: number;
  readonly lostAfterMs: number;
  readonly listener: FleetListener;
}

/** The workers of a run: who is here, under which lease, and what is said to whom. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #clock: Clock;
  readonly #byNode = new Map<string, Member>();
  readonly #byId = new Map<string, Member>();
  #closedFor: string | undefined;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  /** All workers that ever joined, in the order of joining. */
  members(): readonly Member[] {
    return [...this.#byId.values()];
  }

  /** One worker by the name that people use. */
  member(workerId: string): Member | undefined {
    return this.#byId.get(workerId);
  }

  /** Takes over an authenticated connection; the first message must be a hello. */
  accept(transport: Transport): void {
    new Connection(transport, this.#clock, {
      onHello: (connection, hello) => this.#onHello(connection, hello),
      onFrame: (connection, frame) => this.#onFrame(connection, frame),
      onInterval: (connection, epoch, sequence, payload) =>
        this.#onInterval(connection, epoch, sequence, payload),
      onClose: (connection) => this.#onClose(connection),
      onBroken: (why) => this.#options.listener.onRefused(transport.peer, why),
    });
  }

  /** Sends a message that must arrive. */
  send(member: Member, message: MasterMessage): void {
    if (member.isAlive) member.channel.send(message);
  }

  /** Sends a message that must arrive to all that are alive. */
  broadcast(message: MasterMessage): void {
    for (const member of this.#byId.values()) this.send(member, message);
  }

  /** Intervals of a worker up to this one are stored for good. */
  acknowledge(member: Member, epoch: number, sequence: number): void {
    if ((member.stored.get(epoch) ?? 0) < sequence) member.stored.set(epoch, sequence);
    transmit(member.transport, { type: 'stored', epoch, sequence });
  }

  /** No worker may join from now on. */
  closeFor(reason: string): void {
    this.#closedFor = reason;
  }

  /** The process of a worker is known to be gone. */
  processGone(pid: number, why: string): void {
    for (const member of this.#byId.values()) {
      if (member.pid === pid && member.isAlive && member.state !== 'drained') {
        this.#lose(member, why);
      }
    }
  }

  /** Gives a worker up. */
  giveUp(member: Member, why: string): void {
    if (member.isAlive) this.#lose(member, why);
  }

  /** Looks at everybody's silence; to be called about once a second. */
  tick(): void {
    const nowUs = this.#clock.nowUs();
    for (const member of this.#byId.values()) {
      if (!member.isAlive || member.state === 'drained') continue;
      const silentMs = (nowUs - member.lastHeardUs) / 1000;
      const isLate = silentMs > this.#options.lateAfterMs;
      if (isLate !== member.isLate) {
        member.isLate = isLate;
        this.#options.listener.onLate(member, isLate);
      }
      const closedMs =
        member.disconnectedUs === undefined ? 0 : (nowUs - member.disconnectedUs) / 1000;
      if (silentMs > this.#options.lostAfterMs) {
        this.#lose(member, `silent for ${Math.round(silentMs / 1000)} s`);
      } else if (closedMs > CLOSED_LOST_MS) {
        this.#lose(member, `connection closed ${Math.round(closedMs / 1000)} s ago`);
      }
    }
  }

  /** Ends all connections in good order. */
  close(): void {
    for (const member of this.#byId.values()) member.transport?.close('the run is over');
  }

  #onHello(connection: Connection, hello: HelloMessage): void {
    if (this.#closedFor !== undefined) {
      connection.refuse(this.#closedFor, 'Start a new run for it to join.');
      return;
    }
    const nowUs = this.#clock.nowUs();
    let member = this.#byNode.get(hello.nodeId);
    if (member === undefined) {
      const workerId = `w${this.#byId.size + 1}`;
      member = new Member({ ...hello, workerId, nowUs });
      this.#byNode.set(hello.nodeId, member);
      this.#byId.set(workerId, member);
    }
    member.transport?.terminate();
    const canResume =
      member.isAlive &&
      hello.resume !== undefined &&
      hello.resume.runId === this.#options.config.runId &&
      hello.resume.epoch === member.epoch;
    if (!canResume) {
      if (member.epoch > 0 && member.isAlive) this.#lose(member, 'it began anew');
      member.beginLease(nowUs);
    }
    connection.member = member;
    member.transport = connection.transport;
    member.disconnectedUs = undefined;
    member.lastHeardUs = nowUs;
    this.#welcome(member, canResume);
    member.channel.connect(
      (number, message) => transmit(member.transport, { type: 'numbered', number, message }),
      hello.resume !== undefined && canResume ? hello.resume.lastReceived : 0,
    );
    if (canResume) member.hasRejoined = true;
    else this.#options.listener.onJoined(member);
  }

  #welcome(member: Member, resumed: boolean): void {
    const { config, script } = this.#options;
    transmit(member.transport, {
      type: 'welcome',
      workerId: member.workerId,
      epoch: member.epoch,
      resumed,
      lastReceived: member.channel.lastReceived,
      lastSequence: member.stored.get(member.epoch) ?? 0,
      config: { ...config, workerIndex: this.#indexOf(member) },
      ...(resumed ? {} : { script: { bytes: script.bytes.length, sha256: script.sha256 } }),
    });
    if (resumed) return;
    for (const frame of blobFrames({ kind: 'script', epoch: 0, number: 0, bytes: script.bytes })) {
      member.transport?.sendBytes(frame);
    }
  }

  #indexOf(member: Member): number {
    return [...this.#byId.keys()].indexOf(member.workerId);
  }

  #onFrame(connection: Connection, frame: WorkerFrame): void {
    const member = connection.member;
    if (member === undefined || member.transport !== connection.transport) return;
    member.lastHeardUs = this.#clock.nowUs();
    switch (frame.type) {
      case 'hello':
        throw new ProtocolError('a second hello');
      case 'numbered':
        if (member.channel.accept(frame.number)) this.#onMessage(member, frame.message);
        break;
      case 'heartbeat':
        member.channel.confirm(frame.seen);
        this.#onHeartbeat(member, frame.blockedMs);
        break;
      case 'clock-probe':
        transmit(member.transport, {
          type: 'clock-answer',
          id: frame.id,
          masterUs: this.#clock.nowUs(),
          seen: member.channel.lastReceived,
        });
        break;
    }
  }

  #onMessage(member: Member, message: WorkerMessage): void {
    if (message.type === 'ready' && member.state === 'joining') member.state = 'ready';
    if (message.type === 'leaving') member.state = 'leaving';
    if (message.type === 'drained') member.lastSequence = message.lastSequence;
    this.#options.listener.onMessage(member, message);
  }

  #onHeartbeat(member: Member, blockedMs: number): void {
    const wasBlocked = member.blockedMs > BLOCKED_NOTICE_MS;
    member.blockedMs = blockedMs;
    if (blockedMs > BLOCKED_NOTICE_MS && !wasBlocked) this.#options.listener.onBlocked(member);
  }

  #onInterval(connection: Connection, epoch: number, sequence: number, payload: Uint8Array): void {
    const member = connection.member;
    if (member === undefined) throw new ProtocolError('an interval before the hello');
    member.lastHeardUs = this.#clock.nowUs();
    if (epoch < 1 || epoch > member.epoch) throw new ProtocolError(`an interval of epoch ${epoch}`);
    const last = member.received.get(epoch) ?? 0;
    // Sent again after a reconnect, as its acknowledgement was lost or is still on its way.
    if (sequence <= last) return;
    if (sequence !== last + 1) {
      throw new ProtocolError(`interval ${sequence} arrived after interval ${last}`);
    }
    member.received.set(epoch, sequence);
    this.#options.listener.onInterval({ member, epoch, sequence, payload });
  }

  #onClose(connection: Connection): void {
    const member = connection.member;
    if (member === undefined || member.transport !== connection.transport) return;
    member.transport = undefined;
    member.channel.disconnect();
    member.disconnectedUs = this.#clock.nowUs();
  }

  #lose(member: Member, why: string): void {
    member.state = 'lost';
    member.channel.disconnect();
    this.#options.listener.onLost(member, why);
  }
}

interface ConnectionListener {
  onHello(connection: Connection, hello: HelloMessage): void;
  onFrame(connection: Connection, frame: WorkerFrame): void;
  onInterval(connection: Connection, epoch: number, sequence: number, payload: Uint8Array): void;
  onClose(connection: Connection): void;
  onBroken(why: string): void;
}

/** One connection of a worker: reads its messages, and drops it at the first that breaks the rules. */
class Connection {
  readonly transport: Transport;
  member: Member | undefined;
  readonly #listener: ConnectionListener;
  readonly #intervals = new BlobAssembler('interval', MAX_INTERVAL_BYTES);
  #isGreeted = false;

  constructor(transport: Transport, clock: Clock, listener: ConnectionListener) {
    this.transport = transport;
    this.#listener = listener;
    const timer = clock.setTimer(HELLO_TIMEOUT_MS, () => {
      if (!this.#isGreeted) transport.terminate();
    });
    transport.open({
      onText: (text) => this.#guard(() => this.#onText(text)),
      onBytes: (bytes) => this.#guard(() => this.#onBytes(bytes)),
      onClose: () => {
        clock.clearTimer(timer);
        listener.onClose(this);
      },
    });
  }

  /** Tells the worker that it is not wanted, and why. */
  refuse(message: string, hint: string): void {
    transmit(this.transport, { type: 'refused', message, hint });
    this.transport.close(message);
  }

  #guard(act: () => void): void {
    try {
      act();
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#listener.onBroken(error.message);
      this.transport.terminate();
    }
  }

  #onText(text: string): void {
    const frame = parseWorkerFrame(text);
    if (this.#isGreeted) {
      this.#listener.onFrame(this, frame);
      return;
    }
    if (frame.type !== 'hello') throw new ProtocolError(`a ${frame.type} before the hello`);
    this.#isGreeted = true;
    this.#listener.onHello(this, frame);
  }

  #onBytes(bytes: Uint8Array): void {
    const blob = this.#intervals.push(bytes);
    if (blob !== undefined) this.#listener.onInterval(this, blob.epoch, blob.number, blob.bytes);
  }
}

function transmit(transport: Transport | undefined, frame: MasterFrame): void {
  transport?.sendText(JSON.stringify(frame));
}
