import type { Clock, TimerHandle } from '../base/clock.ts';
import { KatydidError, messageOf, ProtocolError } from '../base/errors.ts';
import { BlobAssembler, blobFrames } from '../protocol/frames.ts';
import {
  type MasterFrame,
  type MasterMessage,
  parseMasterFrame,
  type RunConfig,
  type WelcomeMessage,
} from '../protocol/master-messages.ts';
import { ReliableChannel } from '../protocol/reliable-channel.ts';
import type { Transport } from '../protocol/transport.ts';
import type { HelloMessage, WorkerFrame, WorkerMessage } from '../protocol/worker-messages.ts';
import { ClockSync } from './clock-sync.ts';
import { IntervalOutbox } from './interval-outbox.ts';
import type { LinkEvent, MasterLink } from './master-link.ts';

/** Largest script that a worker takes, in bytes (a little over what the master accepts). */
const MAX_SCRIPT_BYTES = 24 * 1024 * 1024;
const HEARTBEAT_MS = 1000;
/** Time for the master's first answer on an open connection. */
const WELCOME_TIMEOUT_MS = 10_000;
/** Round trips made at once after joining, before users may be assigned. */
const FIRST_PROBES = 8;
const MIN_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 5000;

/** What a link needs of the world. */
export interface WorkerLinkOptions {
  readonly clock: Clock;
  /** Opens a connection; rejects with code `KAT_REFUSED` where the master does not want this worker. */
  readonly connect: () => Promise<Transport>;
  readonly identity: Omit<HelloMessage, 'type' | 'resume'>;
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
  readonly #sync = new ClockSync();
  readonly #outbox = new IntervalOutbox();
  #onEvent: (event: LinkEvent) => void = () => undefined;
  #channel = new ReliableChannel<WorkerMessage>();
  #transport: Transport | undefined;
  #script: BlobAssembler | undefined;
  #pendingWelcome: WelcomeMessage | undefined;
  #config: RunConfig | undefined;
  #epoch = 0;
  #joined = false;
  #ended = false;
  #orphaned = false;
  #attempt = 0;
  #lastHeardUs = 0;
  #greetedUs = 0;
  #heartbeat: TimerHandle | undefined;
  #retry: TimerHandle | undefined;

  constructor(options: WorkerLinkOptions) {
    this.#options = options;
    this.#clock = options.clock;
  }

  start(onEvent: (event: LinkEvent) => void): void {
    this.#onEvent = onEvent;
    this.#lastHeardUs = this.#clock.nowUs();
    this.#beat();
    this.#connect();
  }

  send(message: WorkerMessage): void {
    this.#channel.send(message);
  }

  deliver(epoch: number, sequence: number, payload: Uint8Array): void {
    this.#outbox.add({ epoch, sequence, payload });
    if (this.#joined) this.#transmitInterval(epoch, sequence, payload);
  }

  close(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#clock.clearTimer(this.#heartbeat);
    this.#clock.clearTimer(this.#retry);
    this.#transport?.close('done');
    this.#transport = undefined;
  }

  #connect(): void {
    if (this.#ended) return;
    this.#options.connect().then(
      (transport) => this.#greet(transport),
      (error: unknown) => this.#connectFailed(error),
    );
  }

  #connectFailed(error: unknown): void {
    if (this.#ended) return;
    if (error instanceof KatydidError && error.code === 'KAT_REFUSED') {
      this.#end('KAT_REFUSED', error.message, error.hint ?? '');
      return;
    }
    const limitMs =
      this.#config === undefined ? this.#options.joinTimeoutMs : this.#rejoinTimeoutMs();
    const silentMs = this.#silentMs();
    if (silentMs >= limitMs) {
      this.#end(
        'KAT_NO_MASTER',
        this.#config === undefined
          ? `no master answered within ${limitMs / 1000} s: ${messageOf(error)}`
          : `the master has been gone for ${Math.round(silentMs / 1000)} s: ${messageOf(error)}`,
        this.#config === undefined
          ? 'Check the address and that the master runs; --join-timeout waits longer.'
          : 'What this worker had measured and not delivered is lost with it.',
      );
      return;
    }
    if (this.#attempt === 0) {
      this.#note('info', `no master yet (${messageOf(error)}), trying again`);
    }
    this.#retryLater();
  }

  #retryLater(): void {
    const backoffMs = Math.min(MAX_BACKOFF_MS, MIN_BACKOFF_MS * 2 ** Math.min(this.#attempt, 10));
    this.#attempt += 1;
    // Full jitter: a fleet whose master comes back must not knock all at once.
    this.#retry = this.#clock.setTimer(backoffMs * (0.5 + this.#options.random() / 2), () =>
      this.#connect(),
    );
  }

  #greet(transport: Transport): void {
    if (this.#ended) {
      transport.terminate();
      return;
    }
    this.#transport = transport;
    this.#greetedUs = this.#clock.nowUs();
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
            },
          };
    this.#transmit({ type: 'hello', ...this.#options.identity, ...resume });
  }

  /** A master that talks nonsense is left, and tried again: it may have been replaced. */
  #guard(transport: Transport, act: () => void): void {
    if (transport !== this.#transport) return;
    try {
      act();
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
    this.#pendingWelcome = undefined;
    this.#channel.disconnect();
    this.#note('warn', `the connection to the master is lost (${reason}), trying again`);
    this.#attempt = 0;
    this.#retryLater();
  }

  #onText(text: string): void {
    const frame = parseMasterFrame(text);
    this.#lastHeardUs = this.#clock.nowUs();
    this.#orphaned = false;
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
    if (this.#joined || this.#pendingWelcome) throw new ProtocolError('welcomed twice');
    if (welcome.resumed) {
      this.#enter(welcome);
      return;
    }
    const bytes = welcome.script?.bytes ?? 0;
    if (bytes <= 0 || bytes > MAX_SCRIPT_BYTES) {
      throw new ProtocolError(`the master announces a script of ${bytes} bytes`);
    }
    this.#pendingWelcome = welcome;
    this.#script = new BlobAssembler('script', bytes);
  }

  #onBytes(frame: Uint8Array): void {
    this.#lastHeardUs = this.#clock.nowUs();
    const welcome = this.#pendingWelcome;
    if (welcome === undefined || this.#script === undefined) {
      throw new ProtocolError('a binary message that nothing announced');
    }
    const blob = this.#script.push(frame);
    if (blob === undefined) return;
    this.#pendingWelcome = undefined;
    this.#channel = new ReliableChannel();
    this.#enter(welcome, blob.bytes);
  }

  #enter(welcome: WelcomeMessage, script?: Uint8Array): void {
    this.#config = welcome.config;
    this.#epoch = welcome.epoch;
    this.#attempt = 0;
    this.#joined = true;
    this.#outbox.stored(welcome.epoch, welcome.lastSequence);
    this.#onEvent({
      type: 'joined',
      workerId: welcome.workerId,
      epoch: welcome.epoch,
      resumed: welcome.resumed,
      config: welcome.config,
      ...(script === undefined ? {} : { script }),
    });
    // Intervals before messages: «drained» must not overtake what it says was delivered.
    for (const { epoch, sequence, payload } of this.#outbox.all()) {
      this.#transmitInterval(epoch, sequence, payload);
    }
    this.#channel.connect(
      (number, message) => this.#transmit({ type: 'numbered', number, message }),
      welcome.resumed ? welcome.lastReceived : 0,
    );
    this.#probe();
  }

  #onClockAnswer(answer: Extract<MasterFrame, { type: 'clock-answer' }>): void {
    this.#sync.answer(answer.id, answer.masterUs, this.#clock.nowUs());
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
    this.#heartbeat = this.#clock.setTimer(HEARTBEAT_MS, () => this.#beat());
    const silentMs = this.#silentMs();
    if (this.#joined) {
      this.#transmit({
        type: 'heartbeat',
        seen: this.#channel.lastReceived,
        blockedMs: this.#options.blockedMs(),
      });
      this.#probe();
      if (silentMs > (this.#config?.lostAfterMs ?? Number.POSITIVE_INFINITY)) {
        this.#transport?.terminate();
      }
    } else if (
      this.#transport !== undefined &&
      this.#clock.nowUs() - this.#greetedUs > WELCOME_TIMEOUT_MS * 1000
    ) {
      this.#transport.terminate();
    }
    if (this.#config !== undefined && !this.#orphaned && silentMs >= this.#orphanTimeoutMs()) {
      this.#orphaned = true;
      this.#onEvent({ type: 'orphaned', silentMs });
    }
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

  #transmitInterval(epoch: number, number: number, bytes: Uint8Array): void {
    for (const frame of blobFrames({ kind: 'interval', epoch, number, bytes })) {
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
    this.close();
    this.#onEvent({ type: 'ended', code, message, hint });
  }
}
