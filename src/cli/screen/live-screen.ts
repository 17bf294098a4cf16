import { systemClock } from '../../base/clock.ts';
import type { RunSnapshot } from '../../stats/snapshot/run-snapshot.ts';
import { detectCaps } from '../../ui/model/text/caps.ts';
import type { RunCommand } from '../../ui/model/text/command.ts';
import { startUi, type UiHandle } from '../../ui/start-ui.tsx';
import { suspendProcess } from '../../ui/suspend-process.ts';
import { TOKEN_PLACE } from '../process/parent-ui.ts';
import type { Attachment } from './attach.ts';

/** Rate at which keys add and remove users, as in Locust. */
const KEY_SPAWN_RATE = 100;

/** What a screen over a running master needs. */
export interface LiveScreenSpec {
  readonly attachment: Attachment;
  /** Shown in the line that starts a worker; `undefined`: not known. */
  readonly token: string | undefined;
  /** Whether closing the screen leaves the run alone. */
  readonly isGuest: boolean;
  /** Called when the reader wants to leave; the caller then finishes the screen. */
  readonly onQuit: () => void;
  /** Called when the screen cannot be drawn any more; the terminal is restored by then. */
  readonly onError: (error: unknown) => void;
}

/** Opens the terminal UI over a master's control API, and sends it the commands of the keys. */
export function openLiveScreen({
  attachment,
  token,
  isGuest,
  onQuit,
  onError,
}: LiveScreenSpec): UiHandle {
  return startUi({
    source: {
      subscribe: (listener) => attachment.subscribe((each) => listener(shown(each, token))),
    },
    stdout: process.stdout,
    stdin: process.stdin,
    clock: systemClock,
    caps: detectCaps({
      env: process.env,
      stdinIsTty: process.stdin.isTTY,
      platform: process.platform,
    }),
    isGuest,
    onCommand: (command) => {
      if (command.type === 'quit') onQuit();
      else carryOut(attachment, command);
    },
    onError,
    onSuspend: suspendProcess,
  });
}

function carryOut(attachment: Attachment, command: Exclude<RunCommand, { type: 'quit' }>): void {
  switch (command.type) {
    case 'add-users':
      attachment.send({ ...command, spawnRate: KEY_SPAWN_RATE });
      break;
    case 'set-spawn-rate':
      attachment.send({ type: 'set-spawn-rate', spawnRate: command.rate });
      break;
    case 'interrupt':
      attachment.send({ type: 'stop', by: 'signal' });
      break;
    default:
      attachment.send(command);
  }
}

/** A snapshot whose join command has the token in it, which only this screen shows. */
function shown(snapshot: RunSnapshot, token: string | undefined): RunSnapshot {
  if (token === undefined) return snapshot;
  return { ...snapshot, joinCommand: snapshot.joinCommand.replace(TOKEN_PLACE, token) };
}
