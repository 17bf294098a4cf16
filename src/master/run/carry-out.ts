import { KatydidError } from '../../base/errors.ts';
import type { ControlCommand } from '../../protocol/messages/control-messages.ts';
import type { StopReason } from '../../store/record/run-record.ts';
import type { LoadControl } from '../users/load-control.ts';
import type { RunStart } from './run-start.ts';

/** What a command may change of a run. */
export interface CommandedRun {
  readonly state: 'waiting' | 'running' | 'stopping' | 'finished';
  readonly load: LoadControl;
  readonly start: RunStart;
  readonly stop: (reason: StopReason) => void;
  readonly force: () => void;
  /** @returns What was done. */
  readonly resetStats: () => string;
  readonly publish: () => void;
}

/** Does what a person asks for. @returns What was done. @throws {KatydidError} Where it cannot be. */
export function carryOut(command: ControlCommand, run: CommandedRun): string {
  const { load, start, stop, force, resetStats } = run;
  switch (command.type) {
    case 'add-users':
      return changed(run, () => load.changeUsers(load.users + command.delta, command.spawnRate));
    case 'set-users':
      return changed(run, () => load.changeUsers(command.users, command.spawnRate));
    case 'set-spawn-rate':
      return changed(run, () => load.changeRate(command.spawnRate));
    case 'start-now':
      return start.startNow();
    case 'stop':
      stop(command.by ?? 'control');
      return 'stopping';
    case 'force-stop':
      force();
      return 'stopping at once';
    case 'reset':
      if (run.state !== 'running') throw new KatydidError('KAT_USAGE', 'no run is on');
      return resetStats();
  }
}

function changed({ state, publish }: CommandedRun, change: () => string): string {
  if (state === 'stopping' || state === 'finished') {
    throw new KatydidError('KAT_USAGE', 'the run is stopping');
  }
  const text = change();
  publish();
  return text;
}
