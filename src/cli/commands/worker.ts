import { availableParallelism, hostname } from 'node:os';
import { nanoid } from 'nanoid';
import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import type { HeldIntervals } from '../../worker/agent.ts';
import { ThreadedLink } from '../../worker/link/threaded-link.ts';
import type { WorkerOptions } from '../options/table/option-values.ts';
import { UserCountLines } from '../outputs/user-count-lines.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import { failHard } from '../process/fail-hard.ts';
import { guardExit } from '../process/guard-exit.ts';
import { Log } from '../process/log.ts';
import { requireResources } from '../process/machine-limits.ts';
import { onStopSignals } from '../process/signals.ts';
import type { Terminal } from '../process/terminal.ts';
import { awaitWorkerToken, forgetTokenVariable } from '../session/join-token.ts';
import { LOCAL_WORKER_VARIABLE } from '../session/local-workers.ts';
import type { WorkerProcess } from './worker-process.ts';

/**
 * Joins a master and works for it until the run is over.
 *
 * @returns The exit status: 0 when the run ended, 5 where it was refused or found no master, 130
 *   after a second signal.
 */
export async function workerCommand(
  { options }: CommandInvocation<'worker'>,
  terminal: Terminal,
): Promise<number> {
  requireResources();
  const isLocal = process.env[LOCAL_WORKER_VARIABLE] === '1';
  const log = new Log(options, terminal, () => systemClock.epochMs());
  const nodeId = nanoid();
  const link = await openLink(options, nodeId, log);
  // The link's thread connects while this one loads the rest.
  const { WorkerProcess } = await import('./worker-process.ts');
  const { allowedScripts } = options;
  const worker = new WorkerProcess({ link, log, allowedScripts, isLocal });
  guardAgainstScript(worker, terminal);
  const stopListening = onStopSignals(worker, isLocal ? ['SIGINT', 'SIGHUP'] : []);
  const counts = new UserCountLines(worker, log, systemClock);
  counts.start();
  const end = await worker.run();
  counts.stop();
  stopListening();
  const status = await worker.quit(end);
  // The file is written before anything is printed: the reader of the output may be gone, as the master is.
  const salvaged = end.held === undefined ? undefined : await salvage(nodeId, end.held);
  if (end.code !== undefined) {
    terminal.err(`katydid: ${end.message}\n${end.hint === '' ? '' : `  ${end.hint}\n`}`);
  } else if (!worker.isCutShort) log.write('info', end.message);
  if (salvaged !== undefined) terminal.err(`katydid: ${salvaged}\n`);
  return status;
}

/** Begins to connect to the master, in a thread of its own. */
async function openLink(options: WorkerOptions, nodeId: string, log: Log): Promise<ThreadedLink> {
  const joinTimeoutMs = options.joinTimeoutSeconds * 1000;
  const token = await awaitWorkerToken(options, joinTimeoutMs, systemClock, log);
  forgetTokenVariable();
  process.title = `katydid worker ${options.masterUrl}`;
  return new ThreadedLink({
    address: { url: options.masterUrl, token },
    identity: { nodeId, host: hostname(), pid: process.pid, cores: availableParallelism() },
    joinTimeoutMs,
    orphanTimeoutMs: options.orphanTimeoutSeconds * 1000,
    rejoinTimeoutMs: options.rejoinTimeoutSeconds * 1000,
  });
}

/** Keeps the script from ending the process, to the very end: its last listeners are the script too. */
function guardAgainstScript(worker: WorkerProcess, terminal: Terminal): void {
  const onStray = (thrown: unknown): void => {
    if (!worker.stray(thrown)) failHard(thrown, terminal);
  };
  guardExit();
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
}

/** Keeps what the master has not stored. @returns What to tell. */
async function salvage(nodeId: string, held: HeldIntervals): Promise<string> {
  const { writeSalvageFile } = await import('../outputs/salvage-file.ts');
  try {
    const path = writeSalvageFile(process.cwd(), nodeId, held);
    return (
      `what this worker (${held.workerId} of run ${held.runId}) could not deliver is in ${path}\n` +
      `  katydid report <runfile> --merge ${shellWord(path)} adds it to the run.`
    );
  } catch (error) {
    return `what this worker could not deliver is lost: ${messageOf(error)}`;
  }
}

/** A path as a shell takes it for one word. */
function shellWord(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}
