import { type KatydidError, ScriptError } from '../../base/errors.ts';
import type { WorkerMessage } from '../../protocol/messages/worker-messages.ts';
import type { StopReason } from '../../store/record/run-record.ts';
import type { Member } from '../fleet/member.ts';
import type { RunLog } from '../record/run-log.ts';
import type { WorkerNews } from '../record/worker-news.ts';
import type { LoadControl } from '../users/load-control.ts';
import type { ScriptHooks } from '../users/script-hooks.ts';
import type { RunStart } from './run-start.ts';
import type { ScriptDesk } from './script-desk.ts';

/** What a message of a worker may concern. */
export interface MessagedRun {
  readonly state: 'waiting' | 'running' | 'stopping' | 'finished';
  readonly hooks: ScriptHooks | undefined;
  readonly load: LoadControl;
  readonly log: RunLog;
  /** Where the script's own lines go. */
  readonly lines: ScriptDesk['lines'];
  readonly news: WorkerNews;
  readonly start: RunStart;
  readonly stop: (reason: StopReason, error?: KatydidError) => void;
  /** The worker has no users any more; the last ended so long after the run's start. */
  readonly onDrained: (lastUserEndUs: number) => void;
}

/** Sees to it that what a worker says has its effect on the run. */
export function takeMessage(member: Member, message: WorkerMessage, run: MessagedRun): void {
  const { workerId } = member;
  const { hooks, load, log, lines, news, start, stop } = run;
  switch (message.type) {
    case 'ready':
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
      if (run.state !== 'running') break;
      load.ended(workerId, message);
      if (load.isExhausted) stop(load.areIterationsMade ? 'iterations' : 'users-done');
      break;
    case 'log':
      lines.add(message.level, message.text, workerId);
      break;
    case 'stop-test':
      log.line('info', `the script ends the run: ${message.reason}`, workerId);
      stop('script');
      break;
    case 'leaving':
      news.leaves(member);
      load.removeWorker(workerId, false);
      break;
    case 'drained':
      run.onDrained(message.lastUserEndUs);
      break;
    case 'script-failed':
      stop(
        'script',
        new ScriptError(`the load file does not load on ${workerId}: ${message.message}`),
      );
      break;
    case 'holding':
      // Of a worker that this process knows; the fleet keeps the others apart.
      break;
  }
}
