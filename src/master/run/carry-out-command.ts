import { KatydidError } from '../../base/errors.ts';
import type { ControlCommand } from '../../protocol/messages/control-messages.ts';
import type { Publisher } from './publisher.ts';
import type { RunCourse } from './run-course.ts';
import type { RunDuties } from './run-duties.ts';
import type { RunParts } from './run-parts.ts';
import { restartStatistics } from './spawning.ts';

/** Does what a person asks for. @returns What was done. @throws {KatydidError} Where it cannot be. */
export function carryOutCommand(
  command: ControlCommand,
  parts: RunParts,
  duties: RunDuties,
): string {
  const { course, load } = parts;
  const { start, publisher } = duties;
  switch (command.type) {
    case 'add-users':
      return changed(course, publisher, () =>
        load.changeUsers(load.users + command.delta, command.spawnRate),
      );
    case 'set-users':
      return changed(course, publisher, () => load.changeUsers(command.users, command.spawnRate));
    case 'set-spawn-rate':
      return changed(course, publisher, () => load.changeRate(command.spawnRate));
    case 'start-now':
      return start.startNow();
    case 'stop':
      course.happen({ type: 'stop', reason: command.by ?? 'control' });
      return 'stopping';
    case 'force-stop':
      course.happen({ type: 'force', reason: 'control' });
      return 'stopping at once';
    case 'reset':
      if (!course.isRunning) throw new KatydidError('KAT_USAGE', 'no run is on');
      return restartStatistics(parts);
  }
}

function changed(course: RunCourse, publisher: Publisher, change: () => string): string {
  if (course.isStopping || course.isOver) {
    throw new KatydidError('KAT_USAGE', 'the run is stopping');
  }
  const text = change();
  publisher.publish();
  return text;
}
