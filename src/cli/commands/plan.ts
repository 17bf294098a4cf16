import { systemClock } from '../../base/clock.ts';
import { buildPlan, planJson, planTable } from '../../load/plan.ts';
import { captureConsole } from '../../script/console-capture.ts';
import type { CommandInvocation } from '../invocation.ts';
import { loadChoice, planClasses } from '../load-choice.ts';
import { Log } from '../log.ts';
import type { Terminal } from '../terminal.ts';
import { workerCount } from '../worker-count.ts';

/**
 * Prints who would start when and where: a table, or JSON (schema `katydid.plan/1`).
 *
 * @returns The exit status.
 * @throws {KatydidError} Where the load file does not load, or no plan can be made of it.
 */
export async function planCommand(
  { script, options }: CommandInvocation<'plan'>,
  terminal: Terminal,
): Promise<number> {
  // What the load file prints must not end up in the plan.
  const log = new Log(options, terminal, () => systemClock.epochMs());
  const restore = captureConsole((level, text) => log.write(level, text));
  try {
    const { model } = await loadChoice(script, options);
    const count = workerCount(options.workers);
    const plan = buildPlan({
      users: options.users,
      spawnRate: options.spawnRate,
      classes: planClasses(model),
      workers: Array.from({ length: count }, (_, index) => `w${index + 1}`),
    });
    terminal.out(`${options.asJson ? JSON.stringify(planJson(plan)) : planTable(plan)}\n`);
    return 0;
  } finally {
    restore();
  }
}
