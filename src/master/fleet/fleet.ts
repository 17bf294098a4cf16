import type { Clock } from '../../base/clock.ts';
import { ProtocolError } from '../../base/errors.ts';
import { msToUs } from '../../base/units.ts';
import { type Blob, blobFrames } from '../../protocol/channel/frames.ts';
import type { Transport } from '../../protocol/channel/transport.ts';
import type { MasterMessage, RunConfig } from '../../protocol/messages/master-messages.ts';
import type {
  HelloMessage,
  WorkerFrame,
  WorkerMessage,
} from '../../protocol/messages/worker-messages.ts';
import { decodeTally } from '../../stats/interval/tally.ts';
import type { WorkerRecord } from '../../store/record/run-record.ts';
import { Farewell } from './farewell.ts';
import { Member } from './member.ts';
import type { RestoredWorker } from './resumed-run.ts';
import { WorkerConnection } from './worker-connection.ts';

/** A closed connection that is not taken up again within this time is a lost worker. */
const CLOSED_LOST_MS = 5000;
/** For how long what a dead process has left in its connection is read, at most. */
const GONE_READ_MS = 500;
/** A script that blocks its event loop for longer than this is named. */
const BLOCKED_NOTICE_MS = 1000;
/** A worker that breaks the rules so often is not let in again: it would do so for ever. */
const MAX_BREACHES = 3;

/** Messages that say where a worker stands. */
const OF_A_LEASE: ReadonlySet<WorkerMessage['type']> = new Set([
  'ready',
  'prepared',
  'ended',
  'leaving',
  'drained',
] as const);

/** An interval as it arrived. */
export interface ArrivedInterval {
  readonly member: Member;
  readonly epoch: number;
  readonly sequence: number;
  readonly payload: Uint8Array;
}

/** What a worker holds, or a part of it. */
export type HoldingMessage = Extract<WorkerMessage, { type: 'holding' }>;

/** Who is told what happens to the workers. */
export interface FleetListener {
  /** A new lease began: a worker joined, or came back after it was given up. */
  onJoined(member: Member): void;
  onMessage(member: Member, message: WorkerMessage): void;
  /** A worker that the run file alone knew says what it holds. */
  onHolding(member: Member, message: HoldingMessage): void;
  /** @throws {ProtocolError} Where the payload is no interval; it does not count as received then. */
  onInterval(interval: ArrivedInterval): void;
  /** A worker says what it has sent; see `Member.tally`. */
  onTally(member: Member): void;
  /** Nothing was heard for the late time; `false`: it is heard again. */
  onLate(member: Member, isLate: boolean): void;
  /**
   * Given up: its users are free, what it had not delivered is unknown.
   *
   * @param hadUsers - Whether it may have had any under that lease.
   */
  onLost(member: Member, why: string, hadUsers: boolean): void;
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
  /** Names this process, so that workers know one that was started again. */
  readonly masterId: string;
  /** Those of a run that another process began. */
  readonly restored?: readonly RestoredWorker[];
  readonly listener: FleetListener;
}

/** The workers of a run: who is here, under which lease, and what is said to whom. */
export class Fleet {
  readonly #options: FleetOptions;
  readonly #clock: Clock;
  readonly #byNode = new Map<string, Member>();
  readonly #byId = new Map<string, Member>();
  /** Whose each open connection is, once its hello was accepted. */
  readonly #owners = new Map<WorkerConnection, Member>();
  readonly #restoredUntilUs: number;
  #closedFor: string | undefined;
  readonly #farewell: Farewell;

  constructor(options: FleetOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#farewell = new Farewell(options.clock);
    const nowUs = this.#clock.nowUs();
    this.#restoredUntilUs = nowUs + msToUs(this.rejoinWithinMs);
    for (const worker of options.restored ?? []) this.#addMember(worker, nowUs).restore(worker);
  }

  /** How long workers of a run that was resumed have to come back; the others' users wait for them. */
  get rejoinWithinMs(): number {
    return Math.max(this.#options.lostAfterMs, this.#options.config.orphanTimeoutMs);
  }

  /** For how long that is still, in milliseconds; 0 where no run was resumed. */
  get restoredForMs(): number {
    if (this.#options.restored === undefined) return 0;
    return Math.max(0, (this.#restoredUntilUs - this.#clock.nowUs()) / 1000);
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
    new WorkerConnection(transport, this.#clock, {
      onHello: (connection, hello) => this.#onHello(connection, hello),
      onFrame: (connection, frame) => this.#onFrame(connection, frame),
      onInterval: (connection, interval) => this.#onInterval(connection, interval),
      onTally: (connection, tally) => this.#onTally(connection, tally),
      onBroken: (connection, why) => this.#onBroken(connection, why),
      onClose: (connection) => this.#onClose(connection),
    });
  }

  /** Sends a message that must arrive. */
  send(member: Member, message: MasterMessage): void {
    if (!member.isAlive) return;
    try {
      member.channel.send(message);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      // It lacks messages from here on, so it must not carry on; its users are free once its lease is over.
      member.breaches = MAX_BREACHES;
      member.connection?.transport.terminate();
      this.#options.listener.onRefused(member.workerId, error.message);
    }
  }

  /** Sends a message that must arrive to the worker of that name, where there is one. */
  sendTo(workerId: string, message: MasterMessage): void {
    const member = this.#byId.get(workerId);
    if (member !== undefined) this.send(member, message);
  }

  /** Sends a message that must arrive to all that are alive. */
  broadcast(message: MasterMessage): void {
    for (const member of this.members()) this.send(member, message);
  }

  /** Says that the run is over for a worker: nothing more is expected of it. */
  finish(member: Member): void {
    this.send(member, { type: 'finished' });
    if (member.isAlive) member.state = 'done';
  }

  /** Intervals of a worker up to this one are stored for good. */
  acknowledge(member: Member, epoch: number, sequence: number): void {
    if ((member.stored.get(epoch) ?? 0) < sequence) member.stored.set(epoch, sequence);
    member.connection?.send({ type: 'stored', epoch, sequence });
  }

  /** No worker may join from now on; those that are done may come back to hear that they are. */
  closeFor(reason: string): void {
    this.#closedFor = reason;
  }

  /**
   * Resolves when these workers have confirmed the last that was sent to them, or after `timeoutMs`:
   * one whose connection broke just now must hear that the run is over before the port closes.
   */
  farewell(members: readonly Member[], timeoutMs: number): Promise<void> {
    return this.#farewell.to(members, timeoutMs);
  }

  /** The process of a worker is known to be gone. */
  processGone(pid: number, why: string): void {
    for (const member of this.members()) {
      if (member.pid !== pid || !member.isAlive || member.state === 'drained') continue;
      member.goneUs = this.#clock.nowUs();
      // What it had sent before is still being read: its end comes behind that.
      if (member.connection === undefined) this.#lose(member, why);
      else this.#readOut(member, why);
    }
  }

  /** Gives a worker up. */
  giveUp(member: Member, why: string): void {
    if (member.isAlive) this.#lose(member, why);
  }

  /** Looks at everybody's silence; to be called about once a second. */
  tick(): void {
    const nowUs = this.#clock.nowUs();
    for (const member of this.members()) {
      if (!member.isAlive || member.state === 'drained') continue;
      if (member.isRestored) {
        if (nowUs > this.#restoredUntilUs) this.#lose(member, 'it did not come back');
        continue;
      }
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
    for (const member of this.members()) member.gone?.();
    for (const member of this.members()) member.connection?.transport.close('the run is over');
  }

  #onHello(connection: WorkerConnection, hello: HelloMessage): void {
    const known = this.#byNode.get(hello.nodeId);
    // Its own join was not stored when the process before this one ended.
    const isStray = known === undefined && hello.resume !== undefined;
    const isResumed = isStray || (known !== undefined && canResume(known, hello));
    const refusal = this.#refusalOf(known, hello, isResumed);
    if (refusal !== undefined) {
      connection.refuse(...refusal);
      return;
    }
    const nowUs = this.#clock.nowUs();
    const member = known ?? this.#admit(hello, nowUs);
    member.connection?.transport.terminate();
    // The file knows no lease but those of which it has intervals.
    const epoch = hello.resume?.epoch ?? 0;
    if (isResumed && (isStray || member.isRestored)) member.adopt(epoch);
    else if (!isResumed) {
      member.epoch = Math.max(member.epoch, epoch);
      // One that had not loaded its script yet loses nothing by beginning again.
      if (member.isAlive && member.state !== 'joining') this.#lose(member, 'it began anew');
      member.beginLease(nowUs);
    }
    this.#connect(member, connection, isResumed ? this.#seenBy(hello) : undefined);
    if (isResumed) member.hasRejoined = true;
    else this.#options.listener.onJoined(member);
  }

  #refusalOf(
    known: Member | undefined,
    hello: HelloMessage,
    isResumed: boolean,
  ): [message: string, hint: string] | undefined {
    if (hello.resume !== undefined && hello.resume.runId !== this.#options.config.runId) {
      // Its intervals are of that run, and its script too.
      return [
        'the run that this worker belongs to is not here any more',
        'Start the worker again.',
      ];
    }
    if (known !== undefined && known.breaches >= MAX_BREACHES) {
      return [
        'this worker has broken the protocol too often',
        'Please report this with the logs of both.',
      ];
    }
    if (this.#closedFor === undefined || isResumed) return undefined;
    return [this.#closedFor, 'Start a new run for it to join.'];
  }

  /** Last message of this process that a worker has seen. */
  #seenBy({ resume }: HelloMessage): number {
    return resume?.masterId === this.#options.masterId ? resume.lastReceived : 0;
  }

  #admit(hello: HelloMessage, nowUs: number): Member {
    return this.#addMember({ ...hello, workerId: `w${this.#byId.size + 1}` }, nowUs);
  }

  #addMember(worker: Omit<WorkerRecord, 'status'>, nowUs: number): Member {
    const member = new Member({ ...worker, index: this.#byId.size, nowUs });
    this.#byNode.set(worker.nodeId, member);
    this.#byId.set(worker.workerId, member);
    return member;
  }

  /** @param peerSaw - Last message that a worker that carries on has seen; `undefined`: a new lease. */
  #connect(member: Member, connection: WorkerConnection, peerSaw: number | undefined): void {
    this.#owners.set(connection, member);
    member.connection = connection;
    member.tally.reconnect();
    member.disconnectedUs = undefined;
    member.lastHeardUs = this.#clock.nowUs();
    this.#welcome(member, connection, peerSaw !== undefined);
    member.channel.connect(
      (number, message) => connection.send({ type: 'numbered', number, message }),
      peerSaw ?? 0,
    );
  }

  #welcome(member: Member, connection: WorkerConnection, resumed: boolean): void {
    const { config, script } = this.#options;
    const { bytes, sha256 } = script;
    connection.send({
      type: 'welcome',
      workerId: member.workerId,
      masterId: this.#options.masterId,
      epoch: member.epoch,
      resumed,
      lastReceived: member.channel.lastReceived,
      lastSequence: member.stored.get(member.epoch) ?? 0,
      config: { ...config, workerIndex: member.index },
      ...(resumed ? {} : { script: { bytes: bytes.length, sha256 } }),
    });
    if (resumed) return;
    for (const frame of blobFrames({ kind: 'script', epoch: 0, number: 0, bytes })) {
      connection.transport.sendBytes(frame);
    }
  }

  #onFrame(connection: WorkerConnection, frame: WorkerFrame): void {
    const member = this.#memberOf(connection);
    if (member === undefined) return;
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
        this.#farewell.check();
        break;
      case 'clock-probe':
        noteRoundTrip(member);
        connection.send({
          type: 'clock-answer',
          id: frame.id,
          masterUs: member.lastHeardUs,
          seen: member.channel.lastReceived,
        });
        break;
    }
  }

  #onMessage(member: Member, message: WorkerMessage): void {
    if (message.type === 'holding') {
      if (member.isRestored) this.#options.listener.onHolding(member, message);
      return;
    }
    // What it said to the process before this one, and says again in what it holds.
    if (member.isRestored && OF_A_LEASE.has(message.type)) return;
    switch (message.type) {
      case 'ready':
        // Said when it was leaving already, or twice: of no use.
        if (member.state !== 'joining') return;
        member.state = 'ready';
        break;
      case 'leaving':
        if (member.state !== 'joining' && member.state !== 'ready') return;
        member.state = 'leaving';
        break;
      case 'drained':
        member.lastSequence ??= message.lastSequence;
        break;
    }
    this.#options.listener.onMessage(member, message);
  }

  #onHeartbeat(member: Member, blockedMs: number): void {
    const wasBlocked = member.blockedMs > BLOCKED_NOTICE_MS;
    member.blockedMs = blockedMs;
    if (blockedMs > BLOCKED_NOTICE_MS && !wasBlocked) this.#options.listener.onBlocked(member);
  }

  #onInterval(connection: WorkerConnection, { epoch, number, bytes }: Blob): void {
    const member = this.#memberOf(connection);
    if (member === undefined) return;
    member.lastHeardUs = this.#clock.nowUs();
    if (epoch < 1 || epoch > member.epoch) throw new ProtocolError(`an interval of epoch ${epoch}`);
    const last = member.received.get(epoch) ?? 0;
    if (number <= last) {
      // Sent again after a reconnect: its acknowledgement was lost, or is still to come.
      const stored = member.stored.get(epoch) ?? 0;
      if (number <= stored) connection.send({ type: 'stored', epoch, sequence: stored });
      return;
    }
    if (number !== last + 1) {
      throw new ProtocolError(`interval ${number} arrived after interval ${last}`);
    }
    this.#options.listener.onInterval({ member, epoch, sequence: number, payload: bytes });
    member.received.set(epoch, number);
  }

  #onTally(connection: WorkerConnection, { epoch, bytes }: Blob): void {
    const member = this.#memberOf(connection);
    if (member === undefined) return;
    const nowUs = this.#clock.nowUs();
    member.lastHeardUs = nowUs;
    const update = decodeTally(bytes);
    // Of a lease that is over all is on its way, or known to be lost.
    if (epoch !== member.epoch) return;
    member.tally.add(update, nowUs);
    this.#options.listener.onTally(member);
  }

  #onBroken(connection: WorkerConnection, why: string): void {
    const member = this.#memberOf(connection);
    this.#options.listener.onRefused(member?.workerId ?? connection.transport.peer, why);
    if (member === undefined) return;
    member.breaches += 1;
    // Its end may not hear that this one hangs up: its lease is that of one that is silent.
    member.connection = undefined;
    member.channel.disconnect();
  }

  #onClose(connection: WorkerConnection): void {
    const member = this.#memberOf(connection);
    this.#owners.delete(connection);
    if (member === undefined) return;
    member.connection = undefined;
    member.channel.disconnect();
    member.disconnectedUs = this.#clock.nowUs();
    member.gone?.();
  }

  #lose(member: Member, why: string): void {
    const hadUsers = member.state !== 'joining';
    member.sentUntilUs = this.#sentUntilUs(member);
    member.state = 'lost';
    member.channel.disconnect();
    // One that is only slow must learn that its lease is over: it comes back, and begins anew.
    member.connection?.transport.terminate();
    this.#options.listener.onLost(member, why, hadUsers);
    this.#farewell.check();
  }

  #readOut(member: Member, why: string): void {
    const timer = this.#clock.setTimer(GONE_READ_MS, () => member.gone?.());
    member.gone = () => {
      member.gone = undefined;
      this.#clock.clearTimer(timer);
      this.giveUp(member, why);
    };
  }

  /** The last instant at which a worker that is given up now can have sent: its lease ends by then. */
  #sentUntilUs({ goneUs, disconnectedUs, lastHeardUs }: Member): number {
    if (goneUs !== undefined) return goneUs;
    if (disconnectedUs !== undefined) return disconnectedUs + msToUs(CLOSED_LOST_MS);
    return lastHeardUs + msToUs(this.#options.lostAfterMs);
  }

  /** Whose a connection is; `undefined` where a newer one of the same worker has taken its place. */
  #memberOf(connection: WorkerConnection): Member | undefined {
    const member = this.#owners.get(connection);
    return member?.connection === connection ? member : undefined;
  }
}

/** Whether a worker carries on under the lease that it names: not lost since, though it may be done. */
function canResume(member: Member, { resume }: HelloMessage): boolean {
  if (resume === undefined || member.state === 'lost') return false;
  if (member.isRestored) return resume.epoch >= member.epoch;
  return resume.epoch === member.epoch;
}

/** A worker that joins sends each of its first probes as soon as the one before is answered. */
function noteRoundTrip(member: Member): void {
  const { answeredUs, lastHeardUs } = member;
  member.answeredUs = lastHeardUs;
  if (answeredUs === undefined) return;
  member.roundTripUs = Math.min(member.roundTripUs, lastHeardUs - answeredUs);
}
