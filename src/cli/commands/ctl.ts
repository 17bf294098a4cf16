import { systemClock } from '../../base/clock.ts';
import { KatydidError, messageOf } from '../../base/errors.ts';
import { EXIT_STATUS } from '../../base/exit-status.ts';
import type { ControlCommand } from '../../protocol/messages/control-messages.ts';
import type { RunSnapshot } from '../../stats/snapshot/run-snapshot.ts';
import { progressLine } from '../../ui/progress-line.ts';
import type { CtlAction } from '../options/table/ctl-action.ts';
import type { CtlOptions } from '../options/table/option-values.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import { onStopSignals } from '../process/signals.ts';
import type { Terminal } from '../process/terminal.ts';
import { type Attachment, attach } from '../screen/attach.ts';
import { shouldDrawScreen } from '../screen/screen.ts';
import { workerToken } from '../session/join-token.ts';

/** A master shows itself once a second. */
const PATIENCE_MS = 10_000;

/**
 * Talks to a running master over its control API.
 *
 * @returns The exit status: 0, or 5 where the master did not do what it was asked for.
 * @throws {KatydidError} `KAT_NO_MASTER` or `KAT_REFUSED` where there is none, or it does not let us in.
 */
export async function ctlCommand(
  { options, action }: CommandInvocation<'ctl'>,
  terminal: Terminal,
): Promise<number> {
  const isGiven = options.token !== undefined || options.tokenFile !== undefined;
  const warn = (text: string): void => terminal.err(`katydid: ${text}\n`);
  const token = isGiven ? workerToken(options, warn) : undefined;
  const attachment = await attach({ url: options.masterUrl, token });
  try {
    return await carryOut(attachment, action, { options, token }, terminal);
  } finally {
    attachment.close();
  }
}

/** What the actions need besides the connection. */
interface CtlContext {
  readonly options: CtlOptions;
  readonly token: string | undefined;
}

function carryOut(
  attachment: Attachment,
  action: CtlAction,
  { options, token }: CtlContext,
  terminal: Terminal,
): Promise<number> {
  switch (action.type) {
    case 'status':
      return showStatus(attachment, options, terminal);
    case 'watch':
      return shouldDrawScreen(options.asJson)
        ? watchScreen(attachment, token, terminal)
        : watchLines(attachment, options, terminal);
    case 'users': {
      const { users, spawnRate } = action;
      const rate = spawnRate === undefined ? {} : { spawnRate };
      return command(attachment, { type: 'set-users', users, ...rate }, options, terminal);
    }
    case 'stop':
    case 'reset':
      return command(attachment, { type: action.type }, options, terminal);
  }
}

async function command(
  attachment: Attachment,
  wanted: ControlCommand,
  { asJson }: CtlOptions,
  terminal: Terminal,
): Promise<number> {
  const { ok, message } = await inTime(attachment.ask(wanted));
  if (asJson) terminal.out(`${JSON.stringify({ ok, message })}\n`);
  else if (ok) terminal.out(`${message}\n`);
  else terminal.err(`katydid: ${message}\n`);
  return ok ? EXIT_STATUS.ok : EXIT_STATUS.couldNotRun;
}

async function showStatus(
  attachment: Attachment,
  options: CtlOptions,
  terminal: Terminal,
): Promise<number> {
  const first = new Promise<RunSnapshot | undefined>((resolve) => {
    attachment.subscribe(resolve);
    void attachment.closed.then(() => resolve(undefined));
  });
  const snapshot = await inTime(first);
  if (snapshot === undefined) throw silent();
  terminal.out(lineOf(snapshot, options));
  return 0;
}

/** A line for each snapshot, until the run is over or somebody ends it. */
async function watchLines(
  attachment: Attachment,
  options: CtlOptions,
  terminal: Terminal,
): Promise<number> {
  attachment.subscribe((snapshot) => terminal.out(lineOf(snapshot, options)));
  const leave = (): void => attachment.close();
  const stopListening = onStopSignals({ onFirst: leave, onFurther: leave });
  await attachment.closed;
  stopListening();
  return 0;
}

async function watchScreen(
  attachment: Attachment,
  token: string | undefined,
  terminal: Terminal,
): Promise<number> {
  // Loaded only here: everything else that ctl does needs no React.
  const { openLiveScreen } = await import('../screen/live-screen.ts');
  const left = Promise.withResolvers<void>();
  let isFinished = false;
  attachment.subscribe(({ state }) => {
    isFinished = state === 'finished';
  });
  const screen = openLiveScreen({
    attachment,
    token,
    isGuest: true,
    onQuit: () => left.resolve(),
    onError: (error) => {
      terminal.err(`katydid: the screen cannot be drawn: ${messageOf(error)}\n`);
      left.resolve();
    },
  });
  const stopListening = onStopSignals({ onFirst: left.resolve, onFurther: left.resolve });
  // A finished screen stays until it closes by itself; one whose master is gone shows nothing new.
  void attachment.closed.then(() => {
    if (!isFinished) left.resolve();
  });
  await left.promise;
  stopListening();
  await screen.finish();
  return 0;
}

function lineOf(snapshot: RunSnapshot, { asJson }: CtlOptions): string {
  if (asJson) return `${JSON.stringify({ schema: 'katydid.status/1', ...snapshot })}\n`;
  const now = new Date(systemClock.epochMs()).toISOString().replace(/\.\d+Z$/, 'Z');
  return `${progressLine(snapshot, now)}\n`;
}

function inTime<T>(answer: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = systemClock.setTimer(PATIENCE_MS, () => reject(silent()));
    void answer.then((value) => {
      systemClock.clearTimer(timer);
      resolve(value);
    });
  });
}

function silent(): KatydidError {
  return new KatydidError('KAT_NO_MASTER', 'the master gives no answer', {
    hint: 'It may be about to end; try again.',
  });
}
