import { ScriptError } from '../../base/errors.ts';
import { msToUs } from '../../base/units.ts';
import type { WorkerMessage } from '../../protocol/messages/worker-messages.ts';
import type { Member } from '../fleet/member.ts';
import { drainedEvent } from '../fleet/resumed-run.ts';
import type { Delivery } from './delivery.ts';
import type { RunParts } from './run-parts.ts';
import type { RunStart } from './run-start.ts';

/** What is seen to when a worker says something. */
export interface MessageDuties {
  readonly start: RunStart;
  readonly delivery: Delivery;
}

/** Sees to it that what a worker says has its effect on the run. */
export function takeMessage(
  member: Member,
  message: WorkerMessage,
  parts: RunParts,
  { start, delivery }: MessageDuties,
): void {
  const { workerId } = member;
  const { course, hooks, load, log, desk, news, tallies } = parts;
  switch (message.type) {
    case 'ready':
      tallies.delivered(member);
      start.onReady(member);
      break;
    case 'prepared':
      start.onPrepared(member);
      break;
    case 'script-message':
      hooks?.message(message.name, message.data, workerId);
      break;
    case 'script-report':
      hooks?.workerReport(workerId, message.data);
      break;
    case 'ended':
      takeEnded(workerId, message, parts);
      break;
    case 'log':
      desk.lines.add(message.level, message.text, workerId);
      break;
    case 'stop-test':
      log.line('info', `the script ends the run: ${message.reason}`, workerId);
      course.happen({ type: 'stop', reason: 'script' });
      break;
    case 'leaving':
      news.leaves(member);
      load.removeWorker(workerId, false);
      break;
    case 'drained':
      // No user has ended later than now, whatever the worker's clock says.
      void takeDrained(
        member,
        Math.min(message.lastUserEndUs, Math.max(0, msToUs(parts.time.nowMs))),
        parts,
      ).then(() => delivery.check(member));
      break;
    case 'script-failed': {
      const text = `the load file does not load on ${workerId}: ${message.message}`;
      course.happen({ type: 'stop', reason: 'script', error: new ScriptError(text) });
      break;
    }
    case 'holding':
      // Sent by a worker that this process knows already; the fleet hands on the others' apart.
      break;
  }
}

function takeEnded(
  workerId: string,
  message: Extract<WorkerMessage, { type: 'ended' }>,
  { course, load }: RunParts,
): void {
  if (!course.isRunning) return;
  load.ended(workerId, message);
  const { isExhausted, areIterationsMade } = load;
  if (isExhausted) course.happen({ type: 'exhausted', areIterationsMade });
}

/** A worker has no users any more. @param lastUserEndUs - When the last one ended, since the run's start. */
function takeDrained(member: Member, lastUserEndUs: number, parts: RunParts): Promise<void> {
  const { course, journal, time } = parts;
  course.happen({ type: 'user-ended', atUs: lastUserEndUs });
  journal.event(drainedEvent(member.workerId, time.nowMs, lastUserEndUs));
  // The last intervals of a stop are stored at once.
  return journal.commit();
}
