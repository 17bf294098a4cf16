import type { Clock, TimerHandle } from '../../base/clock.ts';
import { KatydidError, messageOf, ProtocolError } from '../../base/errors.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { msToUs } from '../../base/units.ts';
import { type Blob, BlobAssembler, blobFrames } from '../../protocol/channel/frames.ts';
import { ReliableChannel } from '../../protocol/channel/reliable-channel.ts';
import type { Transport } from '../../protocol/channel/transport.ts';
import {
  type MasterFrame,
  type MasterMessage,
  parseMasterFrame,
  type RunConfig,
  type WelcomeMessage,
} from '../../protocol/messages/master-messages.ts';
import {
  fitWorkerMessage,
  type HelloMessage,
  type WorkerFrame,
  type WorkerMessage,
} from '../../protocol/messages/worker-messages.ts';
import { encodeTally, TallyBook, type TallyUpdate } from '../../stats/interval/tally.ts';
import { ClockSync } from '../clock/clock-sync.ts';
import { IntervalOutbox } from './interval-outbox.ts';
import { Lease } from './lease.ts';
import { leasePatienceMs } from './lease-patience.ts';
import { MasterDialer } from './master-dialer.ts';
import type { LinkEvent, MasterLink } from './master-link.ts';

/** Largest script that a worker takes, in bytes (a little over what the master accepts). */
const MAX_SCRIPT_BYTES = 24 * 1024 * 1024;
const HEARTBEAT_MS = 1000;
/** One that is later than this stood still meanwhile, and reads for so long before it is sure of anything. */
const LATE_BEAT_MS = 500;
const READ_MS = 20;
/** And so often at least in the time of silence after which a worker is given up. */
const BEATS_IN_PATIENCE = 4;
/** Time for the master's first answer on an open connection. */
const WELCOME_TIMEOUT_MS = 10_000;
/** Round trips made at once after joining, before users may be assigned. */
const FIRST_PROBES = 8;
/** Lines of the log that may wait for the master; further ones are dropped and counted. */
const MAX_WAITING_MESSAGES = 5000;

/** What a link needs of the world. */
export interface WorkerLinkOptions {
  readonly clock: Clock;
  /** Opens a connection; rejects with code `KAT_REFUSED` where the master does not want this worker. */
  readonly connect: () => Promise<Transport>;
  readonly identity: Omit<HelloMessage, 'type' | 'resume'>;
  /** Is kept open for as long as this worker's lease is sure to hold. */
  readonly fence: SendFence;
  /** Whether the master is on this machine: where its port refuses, no master is there. */
  readonly isMasterLocal: boolean;
  /** How long to try for a first answer. */
  readonly joinTimeoutMs: number;
  /** Override what the master's configuration says; milliseconds. */
  readonly orphanTimeoutMs?: number | undefined;
  readonly rejoinTimeoutMs?: number | undefined;
  /** For how long the thread that runs users has not turned its event loop, in milliseconds. */
  readonly blockedMs: () => number;
  /** Uniform in [0, 1): jitter of reconnects. */
  readonly random: () => number;
}

/**
 * The worker's end of the protocol: joins, keeps the connection alive, compares clocks, numbers and
 * resends. Owns no socket and no users; everything it does follows from messages and the clock, so
 * that it can be simulated.
 *
 * | state | on | next |
 * | --- | --- | --- |
 * | connecting | connection open | greeting (hello sent) |
 * | connecting | refused, or no answer for the join or rejoin timeout | ended |
 * | greeting | welcome (and script) | joined |
 * | greeting, joined | connection lost, or silence | connecting, after a pause |
 * | any | close() | ended |
 */
export class WorkerLink implements MasterLink {
  readonly #options: WorkerLinkOptions;
  readonly #clock: Clock;
  readonly #dialer: MasterDialer;
  readonly #lease: Lease;
  #sync = new ClockSync();
  readonly #outbox = new IntervalOutbox();
  /** What was sent under the lease that it is of: told whole on each new connection. */
  #tally = new TallyBook();
  #tallyEpoch = 0;
  #onEvent: (event: LinkEvent) => void = () => undefined;
  #channel = new ReliableChannel<WorkerMessage>();
  #transport: Transport | undefined;
  /** A new lease that waits for its script. */
  #pending: { readonly welcome: WelcomeMessage; readonly script: BlobAssembler } | undefined;
  #config: RunConfig | undefined;
  #epoch = 0;
  #masterId = '';
  #joined = false;
  #ended = false;
  #closed = false;
  #orphaned = false;
  #droppedLines = 0;
  /** Said again under a new lease: a script's wish to end the run must not end with the old one. */
  #stopTest: WorkerMessage | undefined;
  /** When the master was last heard as the member that we are; before that, when we began to try. */
  #lastHeardUs = 0;
  #helloUs = 0;
  /** When the next heartbeat is due. */
  #beatDueUs = Number.POSITIVE_INFINITY;
  /** When anything last came on a connection that has not welcomed us yet. */
  #greetingHeardUs = 0;
  #heartbeat: TimerHandle | undefined;

  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    this.#clock = options.clock;
    this.#lease = new Lease(options.fence);
    this.#dialer = new MasterDialer({
      clock: options.clock,
      connect: options.connect,
      random: options.random,
      onConnected: (transport) => this.#greet(transport),
      onFailed: (error) => this.#connectFailed(error),
    });
  }

  start(onEvent: (event: LinkEvent) => void): void {
    this.#onEvent = onEvent;
    this.#lastHeardUs = this.#clock.nowUs();
    this.#beat();
    this.#dialer.dial();
  }

  send(message: WorkerMessage, epoch: number = this.#epoch): void {
    // Said under a lease that is over by now: the master would take it for the present one.
    if (this.#ended || epoch !== this.#epoch) return;
    if (message.type === 'log') {
      this.#sendLine(message);
      return;
    }
    // Said when the users of every earlier lease are gone.
    if (message.type === 'ready') this.#lease.own();
    if (message.type === 'stop-test') this.#stopTest = fitWorkerMessage(message);
    this.#channel.send(fitWorkerMessage(message));
  }

  deliver(epoch: number, sequence: number, payload: Uint8Array): void {
    this.#outbox.add({ epoch, sequence, payload });
    if (this.#joined) this.#transmitInterval(epoch, sequence, payload);
  }

  tally(epoch: number, update: TallyUpdate): void {
    if (epoch !== this.#tallyEpoch) {
      this.#tallyEpoch = epoch;
      this.#tally = new TallyBook();
    }
    this.#tally.apply(update);
    if (this.#joined) this.#transmitTally(epoch, update);
  }

  close(): void {
    this.#hangUp();
    if (this.#closed) return;
    this.#closed = true;
    this.#onEvent({ type: 'closed', held: this.#outbox.all() });
  }

  #hangUp(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#clock.clearTimer(this.#heartbeat);
    this.#dialer.close();
    // The master waits for this: it tells that the last message has arrived.
    if (this.#joined) this.#transmitHeartbeat();
    this.#transport?.close('done');
    this.#transport = undefined;
  }

  #sendLine(line: Extract<WorkerMessage, { type: 'log' }>): void {
    if (this.#channel.unseen >= MAX_WAITING_MESSAGES) {
      this.#droppedLines += 1;
      return;
    }
    if (this.#droppedLines > 0) {
      const text = `${this.#droppedLines} lines of the log were dropped: too many at once`;
      this.#droppedLines = 0;
      this.#channel.send({ type: 'log', level: 'warn', text });
    }
    this.#channel.send(fitWorkerMessage(line));
  }

  #connectFailed(error: unknown): void {
    const isRefused = error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
    if (isRefused && this.#options.isMasterLocal) this.#lease.masterless(this.#dialer.dialledUs);
    if (error instanceof KatydidError && error.code === 'KAT_REFUSED') {
      this.#end('KAT_REFUSED', error.message, error.hint ?? '');
      return;
    }
    if (this.#dialer.failures === 0) {
      this.#note('info', `no master yet (${messageOf(error)}), trying again`);
    }
    this.#tryAgain(messageOf(error));
  }

  /** Tries again after a pause, or gives up where the master has been gone for too long. */
  #tryAgain(why: string): void {
    const hasJoined = this.#config !== undefined;
    const limitMs = hasJoined ? this.#rejoinTimeoutMs() : this.#options.joinTimeoutMs;
    const silentMs = this.#silentMs();
    if (silentMs < limitMs) {
      this.#dialer.dialLater();
      return;
    }
    this.#end(
      'KAT_NO_MASTER',
      hasJoined
        ? `the master has been gone for ${Math.round(silentMs / 1000)} s: ${why}`
        : `no master answered within ${limitMs / 1000} s: ${why}`,
      hasJoined
        ? 'Start the worker again where the run is still to have it.'
        : 'Check the address and that the master runs; --join-timeout waits longer.',
    );
  }

  #greet(transport: Transport): void {
    this.#transport = transport;
    this.#greetingHeardUs = this.#clock.nowUs();
    this.#helloUs = this.#greetingHeardUs;
    transport.open({
      onText: (text) => this.#guard(transport, () => this.#onText(text)),
      onBytes: (bytes) => this.#guard(transport, () => this.#onBytes(bytes)),
      onClose: (reason) => this.#onClose(transport, reason),
    });
    const resume =
      this.#config === undefined
        ? {}
        : {
            resume: {
              runId: this.#config.runId,
              epoch: this.#epoch,
              lastReceived: this.#channel.lastReceived,
              masterId: this.#masterId,
            },
          };
    this.#transmit({ type: 'hello', ...this.#options.identity, ...resume });
  }

  /** A master that talks nonsense is left, and tried again: it may have been replaced. */
  #guard(transport: Transport, act: () => void): void {
    if (transport !== this.#transport) return;
    const nowUs = this.#clock.nowUs();
    this.#greetingHeardUs = nowUs;
    try {
      act();
      if (!this.#joined) return;
      this.#lastHeardUs = nowUs;
      this.#orphaned = false;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#note('warn', error.message);
      transport.terminate();
    }
  }

  #onClose(transport: Transport, reason: string): void {
    if (transport !== this.#transport || this.#ended) return;
    this.#transport = undefined;
    this.#joined = false;
    this.#lease.disconnected();
    this.#pending = undefined;
    this.#channel.disconnect();
    this.#note('warn', `the connection to the master is lost (${reason}), trying again`);
    this.#tryAgain(reason);
  }

  #onText(text: string): void {
    const frame = parseMasterFrame(text);
    switch (frame.type) {
      case 'welcome':
        this.#onWelcome(frame);
        break;
      case 'refused':
        this.#end('KAT_REFUSED', frame.message, frame.hint);
        break;
      case 'numbered':
        this.#onNumbered(frame.number, frame.message);
        break;
      case 'clock-answer':
        this.#onClockAnswer(frame);
        break;
      case 'stored':
        this.#outbox.stored(frame.epoch, frame.sequence);
        break;
    }
  }

  #onNumbered(number: number, message: MasterMessage): void {
    if (!this.#joined) throw new ProtocolError('an order before the welcome');
    if (this.#channel.accept(number)) this.#onEvent({ type: 'message', message });
  }

  #onWelcome(welcome: WelcomeMessage): void {
    if (this.#joined || this.#pending !== undefined) throw new ProtocolError('welcomed twice');
    if (this.#config !== undefined && welcome.config.runId !== this.#config.runId) {
      throw new ProtocolError(`the master has another run: ${welcome.config.runId}`);
    }
    if (welcome.resumed) {
      if (welcome.epoch !== this.#epoch) {
        throw new ProtocolError(`the master resumes lease ${welcome.epoch}, not ${this.#epoch}`);
      }
      this.#enter(welcome);
      return;
    }
    const bytes = welcome.script?.bytes ?? 0;
    if (bytes <= 0 || bytes > MAX_SCRIPT_BYTES) {
      throw new ProtocolError(`the master announces a script of ${bytes} bytes`);
    }
    this.#pending = { welcome, script: new BlobAssembler('script', bytes) };
  }

  #onBytes(frame: Uint8Array): void {
    const pending = this.#pending;
    if (pending === undefined) {
      throw new ProtocolError('a binary message that nothing announced');
    }
    const blob = pending.script.push(frame);
    if (blob !== undefined) this.#onScript(pending.welcome, blob);
  }

  #onScript(welcome: WelcomeMessage, { bytes }: Blob): void {
    if (bytes.length !== welcome.script?.bytes) {
      throw new ProtocolError(
        `a script of ${bytes.length} bytes came, ${welcome.script?.bytes} were announced`,
      );
    }
    this.#pending = undefined;
    this.#channel = new ReliableChannel();
    if (this.#stopTest !== undefined) this.#channel.send(this.#stopTest);
    this.#enter(welcome, bytes);
  }

  #enter(welcome: WelcomeMessage, script?: Uint8Array): void {
    const isNewMaster = welcome.resumed && welcome.masterId !== this.#masterId;
    if (isNewMaster) this.#meetNewMaster();
    this.#masterId = welcome.masterId;
    this.#config = welcome.config;
    this.#epoch = welcome.epoch;
    this.#joined = true;
    this.#lease.welcome(welcome.resumed, this.#helloUs, welcome.config.lostAfterMs);
    this.#outbox.stored(welcome.epoch, welcome.lastSequence);
    this.#onEvent({
      type: 'joined',
      workerId: welcome.workerId,
      epoch: welcome.epoch,
      resumed: welcome.resumed,
      isNewMaster,
      config: welcome.config,
      ...(script === undefined ? {} : { script }),
    });
    // Intervals before messages: «drained» must not overtake what it says was delivered.
    for (const { epoch, sequence, payload } of this.#outbox.all()) {
      this.#transmitInterval(epoch, sequence, payload);
    }
    if (welcome.epoch === this.#tallyEpoch && this.#tally.total > 0) {
      this.#transmitTally(welcome.epoch, this.#tally.whole());
    }
    this.#channel.connect(
      (number, message) => this.#transmit({ type: 'numbered', number, message }),
      welcome.resumed && !isNewMaster ? welcome.lastReceived : 0,
    );
    this.#probe();
  }

  /** One that was started again: it knows nothing of our messages, and may have another clock. */
  #meetNewMaster(): void {
    this.#channel = this.#channel.renewed();
    if (this.#stopTest !== undefined) this.#channel.send(this.#stopTest);
    this.#sync = new ClockSync();
  }

  #onClockAnswer(answer: Extract<MasterFrame, { type: 'clock-answer' }>): void {
    if (!this.#joined) throw new ProtocolError('an answer before the welcome');
    const sentUs = this.#sync.answer(answer.id, answer.masterUs, this.#clock.nowUs());
    if (sentUs !== undefined) this.#lease.answered(sentUs);
    this.#channel.confirm(answer.seen);
    if (this.#sync.samples < FIRST_PROBES) {
      this.#probe();
      return;
    }
    const estimate = this.#sync.estimate();
    if (estimate !== undefined) this.#onEvent({ type: 'clock', estimate });
  }

  #probe(): void {
    this.#transmit({ type: 'clock-probe', id: this.#sync.probe(this.#clock.nowUs()) });
  }

  #beat(): void {
    const patienceMs = this.#config?.lostAfterMs ?? Number.POSITIVE_INFINITY;
    const beatMs = Math.min(HEARTBEAT_MS, patienceMs / BEATS_IN_PATIENCE);
    const isOnTime = this.#noteAlive(beatMs);
    this.#heartbeat = this.#clock.setTimer(beatMs, () => this.#beat());
    const silentMs = this.#silentMs();
    if (this.#joined) {
      // Not at the welcome: a connection that breaks at once, again and again, needs the pauses.
      this.#dialer.succeed();
      this.#transmitHeartbeat();
      this.#probe();
      if (isOnTime && silentMs > leasePatienceMs(this.#config?.lostAfterMs)) {
        this.#lease.hangingUp(this.#clock.nowUs());
        this.#transport?.terminate();
      }
    } else if (this.#clock.nowUs() - this.#greetingHeardUs > WELCOME_TIMEOUT_MS * 1000) {
      this.#transport?.terminate();
    }
    if (this.#config !== undefined && !this.#orphaned && silentMs >= this.#orphanTimeoutMs()) {
      this.#orphaned = true;
      this.#onEvent({ type: 'orphaned', silentMs });
    }
  }

  /** @returns Whether the beat is on time: else nobody knows yet what has come meanwhile. */
  #noteAlive(beatMs: number): boolean {
    const nowUs = this.#clock.nowUs();
    const isLate = nowUs > this.#beatDueUs + msToUs(LATE_BEAT_MS);
    this.#beatDueUs = nowUs + msToUs(beatMs);
    // Timers come before what has arrived: a process that stood still has to read that first.
    if (isLate) this.#clock.setTimer(READ_MS, () => this.#noteAlive(beatMs));
    else this.#lease.alive(nowUs);
    return !isLate;
  }

  #orphanTimeoutMs(): number {
    return this.#options.orphanTimeoutMs ?? this.#config?.orphanTimeoutMs ?? 0;
  }

  #rejoinTimeoutMs(): number {
    return this.#options.rejoinTimeoutMs ?? this.#config?.rejoinTimeoutMs ?? 0;
  }

  #silentMs(): number {
    return (this.#clock.nowUs() - this.#lastHeardUs) / 1000;
  }

  #transmitHeartbeat(): void {
    const { lastReceived } = this.#channel;
    this.#transmit({
      type: 'heartbeat',
      seen: lastReceived,
      blockedMs: this.#options.blockedMs(),
    });
  }

  #transmitInterval(epoch: number, number: number, bytes: Uint8Array): void {
    for (const frame of blobFrames({ kind: 'interval', epoch, number, bytes })) {
      this.#transport?.sendBytes(frame);
    }
  }

  #transmitTally(epoch: number, update: TallyUpdate): void {
    const bytes = encodeTally(update);
    for (const frame of blobFrames({ kind: 'tally', epoch, number: 0, bytes })) {
      this.#transport?.sendBytes(frame);
    }
  }

  #transmit(frame: WorkerFrame): void {
    this.#transport?.sendText(JSON.stringify(frame));
  }

  #note(level: 'info' | 'warn', text: string): void {
    this.#onEvent({ type: 'note', level, text });
  }

  #end(code: KatydidError['code'], message: string, hint: string): void {
    this.#hangUp();
    this.#onEvent({ type: 'ended', code, message, hint });
  }
}
