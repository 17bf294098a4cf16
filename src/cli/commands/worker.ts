import { availableParallelism, hostname } from 'node:os';
import { nanoid } from 'nanoid';
import { systemClock } from '../../base/clock.ts';
import { messageOf } from '../../base/errors.ts';
import { EXIT_STATUS } from '../../base/exit-status.ts';
import type { AgentEnd, HeldIntervals } from '../../worker/agent.ts';
import { ThreadedLink } from '../../worker/link/threaded-link.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import { failHard } from '../process/fail-hard.ts';
import { guardExit } from '../process/guard-exit.ts';
import { Log } from '../process/log.ts';
import { machineLimits, requireResources } from '../process/machine-limits.ts';
import { onStopSignals } from '../process/signals.ts';
import type { Terminal } from '../process/terminal.ts';
import { forgetTokenVariable, workerToken } from '../session/join-token.ts';
import { LOCAL_WORKER_VARIABLE } from '../session/local-workers.ts';

/** Exit status of a worker whose master or token refused it, or that found no master. */

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
  const token = workerToken(options, (text) => log.write('warn', text));
  forgetTokenVariable();
  process.title = `katydid worker ${options.masterUrl}`;
  const nodeId = nanoid();
  const link = new ThreadedLink({
    address: { url: options.masterUrl, token },
    identity: {
      nodeId,
      host: hostname(),
      pid: process.pid,
      cores: availableParallelism(),
    },
    joinTimeoutMs: options.joinTimeoutSeconds * 1000,
    orphanTimeoutMs: options.orphanTimeoutSeconds * 1000,
    rejoinTimeoutMs: options.rejoinTimeoutSeconds * 1000,
  });
  let isOver = false;
  // The link's thread connects while this one loads the rest.
  const [{ Agent }, { AllowedScripts }, { PreciseClock }, { SelfMonitor }, { UserScripts }] =
    await Promise.all([
      import('../../worker/agent.ts'),
      import('../../worker/script/allowed-scripts.ts'),
      import('../../worker/clock/precise-clock.ts'),
      import('../../worker/measure/self-monitor.ts'),
      import('../../worker/script/user-scripts.ts'),
    ]);
  const clock = new PreciseClock();
  const scripts = new UserScripts({
    clock,
    limits: machineLimits,
    isLocal,
    fence: link.fence,
    setEnv: (name, value) => {
      process.env[name] = value;
    },
    log: (level, text) => {
      // What listeners of the very end print has no master to go to.
      if (isOver) log.write(level, text);
      else link.send({ type: 'log', level, text });
    },
  });
  const onStray = (thrown: unknown): void => {
    if (!scripts.stray(thrown)) failHard(thrown, terminal);
  };
  // For good: listeners of the very end are the script's too.
  guardExit();
  process.on('uncaughtException', onStray).on('unhandledRejection', onStray);
  const refused = Promise.withResolvers<AgentEnd>();
  const agent = new Agent({
    clock,
    link,
    fence: link.fence,
    scripts: new AllowedScripts(scripts, options.allowedScripts, (sha256) => {
      link.send({ type: 'log', level: 'error', text: `may not run the script ${sha256}` });
      // In good order: it never had a user, and must not count as a lost worker.
      link.send({ type: 'leaving' });
      link.send({ type: 'drained', lastSequence: 0, lastUserEndUs: 0 });
      refused.resolve(scriptRefusal(sha256));
    }),
    monitor: new SelfMonitor(systemClock),
    log: (level, text) => log.write(level, text),
  });
  let isCutShort = false;
  const stopListening = onStopSignals(
    {
      onFirst: () => agent.leave(),
      onFurther: () => {
        isCutShort = true;
        agent.abort();
      },
    },
    isLocal ? ['SIGINT', 'SIGHUP'] : [],
  );
  void refused.promise.then(() => agent.abort());
  const end = await Promise.race([refused.promise, agent.run()]);
  isOver = true;
  stopListening();
  await clock.close();
  const status = isCutShort
    ? EXIT_STATUS.cutShort
    : end.code === undefined
      ? EXIT_STATUS.ok
      : EXIT_STATUS.couldNotRun;
  if (!isCutShort) await scripts.quit(status);
  // Before anything is printed: whoever read it may be gone, as the master is.
  const salvaged = end.held === undefined ? undefined : await salvage(nodeId, end.held);
  if (end.code !== undefined) {
    terminal.err(`katydid: ${end.message}\n${end.hint === '' ? '' : `  ${end.hint}\n`}`);
  } else if (!isCutShort) log.write('info', end.message);
  if (salvaged !== undefined) terminal.err(`katydid: ${salvaged}\n`);
  return status;
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

function scriptRefusal(sha256: string): AgentEnd {
  return {
    code: 'KAT_REFUSED',
    message: `the master's script has the SHA-256 ${sha256}, which --allow-script-sha256 does not allow`,
    hint: 'Compare with run.scriptSha256 of a JSON summary that you trust.',
  };
}
