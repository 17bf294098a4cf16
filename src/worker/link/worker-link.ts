import type { Clock } from '../../base/clock.ts';
import { KatydidError, messageOf, ProtocolError } from '../../base/errors.ts';
import type { SendFence } from '../../base/send-fence.ts';
import { msToUs } from '../../base/units.ts';
import type { Transport } from '../../protocol/channel/transport.ts';
import {
  type MasterFrame,
  parseMasterFrame,
  type WelcomeMessage,
} from '../../protocol/messages/master-messages.ts';
import type { WorkerMessage } from '../../protocol/messages/worker-messages.ts';
import type { TallyUpdate } from '../../stats/interval/tally.ts';
import { ClockComparison } from './clock-comparison.ts';
import { givingUp } from './giving-up.ts';
import {
  checkWelcome,
  helloFrame,
  type Membership,
  ScriptArrival,
  type WorkerIdentity,
} from './greeting.ts';
import { Heartbeat } from './heartbeat.ts';
import { Lease, leasePatienceMs } from './lease.ts';
import { breachOf, type LinkOccurrence, type LinkState, linkStep } from './link-state.ts';
import { MasterDialer } from './master-dialer.ts';
import type { LinkEvent, MasterLink } from './master-link.ts';
import { MasterWire } from './master-wire.ts';
import { MasterSilence } from './silence.ts';
import { Undelivered } from './undelivered.ts';

/** Time for the master's first answer on an open connection. */
const WELCOME_TIMEOUT_MS = 10_000;

/** What a link needs of the world. */
export interface WorkerLinkOptions {
  readonly clock: Clock;
  /** Opens a connection; rejects with code `KAT_REFUSED` where the master does not want this worker. */
  readonly connect: () => Promise<Transport>;
  readonly identity: WorkerIdentity;
  /** Is kept open for as long as this worker's lease is sure to hold. */
  readonly fence: SendFence;
  /** Whether the master is on this machine: where its port refuses, no master is there. */
  readonly isMasterLocal: boolean;
  /** How long to try for a first answer. */
  readonly joinTimeoutMs: number;
  /** Overrides what the master's configuration says; milliseconds. */
  readonly orphanTimeoutMs?: number | undefined;
  /** Overrides what the master's configuration says; milliseconds. */
  readonly rejoinTimeoutMs?: number | undefined;
  /** For how long the thread that runs users has not turned its event loop, in milliseconds. */
  readonly blockedMs: () => number;
  /** Uniform in [0, 1): jitter of reconnects. */
  readonly random: () => number;
}

/**
 * The worker's end of the protocol: joins, keeps the connection alive, compares clocks, numbers and
 * resends. Owns no socket and no users; everything it does follows from messages and the clock, so
 * that it can be simulated. Its states and what leads from one to the other: `linkStep`.
 */
export class WorkerLink implements MasterLink {
  readonly #options: WorkerLinkOptions;
  readonly #clock: Clock;
  readonly #dialer: MasterDialer;
  readonly #lease: Lease;
  readonly #comparison: ClockComparison;
  readonly #heartbeat: Heartbeat;
  readonly #silence = new MasterSilence();
  readonly #undelivered = new Undelivered();
  #state: LinkState = 'connecting';
  #onEvent: (event: LinkEvent) => void = () => undefined;
  /** Absent while there is no connection. */
  #wire: MasterWire | undefined;
  /** Present while a new lease waits for its script. */
  #arrival: ScriptArrival | undefined;
  /** Absent before a master has let this worker in. */
  #membership: Membership | undefined;
  #helloUs = 0;
  /** When anything last came on the present connection. */
  #connectionHeardUs = 0;

  constructor(options: WorkerLinkOptions) {
    const { clock, connect, random } = options;
    this.#options = options;
    this.#clock = clock;
    this.#lease = new Lease(options.fence);
    this.#comparison = new ClockComparison(clock, this.#lease);
    this.#heartbeat = new Heartbeat(clock, this.#lease, (isOnTime) => this.#beat(isOnTime));
    this.#dialer = new MasterDialer(
      { clock, connect, random },
      (transport) => this.#greet(transport),
      (error) => this.#attemptFailed(error),
    );
  }

  start(onEvent: (event: LinkEvent) => void): void {
    this.#onEvent = onEvent;
    this.#silence.heard(this.#clock.nowUs());
    this.#heartbeat.start();
    this.#dialer.dial();
  }

  send(message: WorkerMessage, epoch: number = this.#epoch): void {
    // The master would take what was said under an earlier lease for something about the present one.
    if (this.#hasEnded || epoch !== this.#epoch) return;
    // A worker is ready when the users of every earlier lease are gone.
    if (message.type === 'ready') this.#lease.own();
    this.#undelivered.send(message);
  }

  deliver(epoch: number, sequence: number, payload: Uint8Array): void {
    this.#undelivered.deliver({ epoch, sequence, payload });
  }

  tally(epoch: number, update: TallyUpdate): void {
    this.#undelivered.tally(epoch, update);
  }

  close(): void {
    const before = this.#state;
    if (!this.#take('close')) return;
    if (before !== 'ended') this.#hangUp(before);
    this.#onEvent({ type: 'closed', held: this.#undelivered.intervals });
  }

  get #epoch(): number {
    return this.#membership?.epoch ?? 0;
  }

  get #hasEnded(): boolean {
    return this.#state === 'ended' || this.#state === 'closed';
  }

  /**
   * Goes to the state that follows.
   *
   * @returns Whether the link is to act on the occurrence.
   * @throws {ProtocolError} Where the occurrence breaks the protocol.
   */
  #take(occurrence: LinkOccurrence): boolean {
    const { state, answer } = linkStep(this.#state, occurrence);
    if (answer === 'breach') throw new ProtocolError(breachOf(occurrence));
    this.#state = state;
    return answer === 'act';
  }

  // The connection: made, greeted, lost.

  #attemptFailed(error: unknown): void {
    const isNobodyThere =
      error instanceof Error && 'code' in error && error.code === 'ECONNREFUSED';
    if (isNobodyThere && this.#options.isMasterLocal) {
      this.#lease.masterless(this.#dialer.dialledUs);
    }
    const why = messageOf(error);
    if (error instanceof KatydidError && error.code === 'KAT_REFUSED') {
      this.#end('refused', 'KAT_REFUSED', why, error.hint ?? '');
      return;
    }
    if (!this.#take('attempt-failed')) return;
    if (this.#dialer.failures === 0) this.#note('info', `no master yet (${why}), trying again`);
    this.#tryAgain(why);
  }

  /** Tries again after a pause, or gives up where the master has been gone for too long. */
  #tryAgain(why: string): void {
    const silentMs = this.#silence.lastsMs(this.#clock.nowUs());
    const rejoinMs =
      this.#membership === undefined ? undefined : this.#timeoutMs('rejoinTimeoutMs');
    const end = givingUp(silentMs, this.#options.joinTimeoutMs, rejoinMs, why);
    if (end === undefined) this.#dialer.dialLater();
    else this.#end('given-up', 'KAT_NO_MASTER', end.message, end.hint);
  }

  #greet(transport: Transport): void {
    if (!this.#take('connected')) {
      transport.terminate();
      return;
    }
    const wire = new MasterWire(transport);
    this.#wire = wire;
    this.#helloUs = this.#clock.nowUs();
    this.#connectionHeardUs = this.#helloUs;
    transport.open({
      onText: (text) => this.#guard(wire, () => this.#onFrame(parseMasterFrame(text))),
      onBytes: (bytes) => this.#guard(wire, () => this.#onScriptPart(bytes)),
      onClose: (reason) => this.#onClose(wire, reason),
    });
    const { lastReceived } = this.#undelivered;
    wire.frame(helloFrame(this.#options.identity, this.#membership, lastReceived));
  }

  /** Leaves a master that breaks the protocol, and tries again: it may have been replaced. */
  #guard(wire: MasterWire, act: () => void): void {
    if (wire !== this.#wire) return;
    const nowUs = this.#clock.nowUs();
    this.#connectionHeardUs = nowUs;
    try {
      act();
      if (this.#state === 'joined') this.#silence.heard(nowUs);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#note('warn', error.message);
      wire.transport.terminate();
    }
  }

  #onClose(wire: MasterWire, reason: string): void {
    if (wire !== this.#wire || !this.#take('lost')) return;
    this.#wire = undefined;
    this.#arrival = undefined;
    this.#lease.disconnected();
    this.#undelivered.disconnect();
    this.#note('warn', `the connection to the master is lost (${reason}), trying again`);
    this.#tryAgain(reason);
  }

  // What the master says.

  #onFrame(frame: MasterFrame): void {
    switch (frame.type) {
      case 'welcome':
        this.#onWelcome(frame);
        break;
      case 'refused':
        this.#end('refused', 'KAT_REFUSED', frame.message, frame.hint);
        break;
      case 'numbered':
        if (this.#take('order') && this.#undelivered.accept(frame.number)) {
          this.#onEvent({ type: 'message', message: frame.message });
        }
        break;
      case 'clock-answer':
        if (this.#take('clock-answer')) this.#onClockAnswer(frame);
        break;
      case 'stored':
        this.#undelivered.stored(frame.epoch, frame.sequence);
        break;
    }
  }

  #onWelcome(welcome: WelcomeMessage): void {
    checkWelcome(welcome, this.#membership);
    if (!this.#take(welcome.resumed ? 'welcomed-back' : 'welcomed-anew')) return;
    if (welcome.resumed) this.#enter(welcome);
    else this.#arrival = new ScriptArrival(welcome);
  }

  #onScriptPart(frame: Uint8Array): void {
    const arrival = this.#arrival;
    if (!this.#take('script-part') || arrival === undefined) return;
    const script = arrival.push(frame);
    if (script === undefined || !this.#take('script-whole')) return;
    this.#arrival = undefined;
    this.#undelivered.beginLease();
    this.#enter(arrival.welcome, script);
  }

  /** The master has let this worker in: with a script under a new lease, without under the same one. */
  #enter(welcome: WelcomeMessage, script?: Uint8Array): void {
    const { masterId, workerId, epoch, resumed, config } = welcome;
    const isNewMaster = resumed && masterId !== this.#membership?.masterId;
    if (isNewMaster) {
      this.#undelivered.beginWithNewMaster();
      this.#comparison.restart();
    }
    this.#membership = { masterId, epoch, config };
    this.#heartbeat.patienceMs = config.lostAfterMs;
    this.#lease.welcome(resumed, this.#helloUs, config.lostAfterMs);
    this.#undelivered.stored(epoch, welcome.lastSequence);
    this.#onEvent({
      type: 'joined',
      workerId,
      epoch,
      resumed,
      isNewMaster,
      config,
      ...(script === undefined ? {} : { script }),
    });
    if (this.#wire === undefined) return;
    this.#undelivered.connect(
      this.#wire,
      epoch,
      resumed && !isNewMaster ? welcome.lastReceived : 0,
    );
    this.#probe();
  }

  #onClockAnswer(answer: Extract<MasterFrame, { type: 'clock-answer' }>): void {
    const estimate = this.#comparison.answered(answer);
    this.#undelivered.confirm(answer.seen);
    if (estimate === undefined) this.#probe();
    else this.#onEvent({ type: 'clock', estimate });
  }

  // Once a second.

  #beat(isOnTime: boolean): void {
    const nowUs = this.#clock.nowUs();
    if (this.#state === 'joined') this.#keepAlive(isOnTime);
    else if (nowUs - this.#connectionHeardUs > msToUs(WELCOME_TIMEOUT_MS)) {
      this.#wire?.transport.terminate();
    }
    if (this.#membership === undefined) return;
    if (this.#silence.makesOrphan(nowUs, this.#timeoutMs('orphanTimeoutMs'))) {
      this.#onEvent({ type: 'orphaned', silentMs: this.#silence.lastsMs(nowUs) });
    }
  }

  #keepAlive(isOnTime: boolean): void {
    // The dialer hears of success only now, not at the welcome: connections that break at once, again and
    // again, need the pauses.
    this.#dialer.succeed();
    this.#sayAlive();
    this.#probe();
    const nowUs = this.#clock.nowUs();
    const patienceMs = leasePatienceMs(this.#membership?.config.lostAfterMs);
    if (!isOnTime || this.#silence.lastsMs(nowUs) <= patienceMs) return;
    this.#lease.hangingUp(nowUs);
    this.#wire?.transport.terminate();
  }

  #sayAlive(): void {
    const blockedMs = this.#options.blockedMs();
    this.#wire?.frame({ type: 'heartbeat', seen: this.#undelivered.lastReceived, blockedMs });
  }

  #probe(): void {
    if (this.#wire !== undefined) this.#comparison.probe(this.#wire);
  }

  #timeoutMs(which: 'orphanTimeoutMs' | 'rejoinTimeoutMs'): number {
    return this.#options[which] ?? this.#membership?.config[which] ?? 0;
  }

  // The end.

  #end(
    occurrence: 'refused' | 'given-up',
    code: KatydidError['code'],
    message: string,
    hint: string,
  ): void {
    const before = this.#state;
    if (!this.#take(occurrence)) return;
    this.#hangUp(before);
    this.#onEvent({ type: 'ended', code, message, hint });
  }

  #hangUp(before: LinkState): void {
    this.#heartbeat.stop();
    this.#dialer.close();
    // The master waits for this heartbeat: it tells that the last message has arrived.
    if (before === 'joined') this.#sayAlive();
    this.#undelivered.disconnect();
    this.#wire?.transport.close('done');
    this.#wire = undefined;
  }

  #note(level: 'info' | 'warn', text: string): void {
    this.#onEvent({ type: 'note', level, text });
  }
}
