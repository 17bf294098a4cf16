import { systemClock } from '../../base/clock.ts';
import { planJson } from '../../load/plan.ts';
import { planTable } from '../../load/plan-table.ts';
import { captureConsole } from '../../script/trace/console-capture.ts';
import { loadChoice } from '../loadfile/load-choice.ts';
import { loadFileList, loadFileText } from '../loadfile/load-file-list.ts';
import { planOf } from '../loadfile/plan-of.ts';
import type { CommandInvocation } from '../parse/invocation.ts';
import { Log } from '../process/log.ts';
import type { Terminal } from '../process/terminal.ts';
import { workerCount } from '../session/worker-count.ts';

/**
 * Prints who would start when and where: a table, or JSON (schema `katydid.plan/1`); with `--list` what
 * the load file has (schema `katydid.list/1`).
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
    const { bundle, model } = await loadChoice(script, options);
    if (options.asList) {
      const list = loadFileList(model, bundle.name, options.host);
      terminal.out(`${options.asJson ? JSON.stringify(list) : loadFileText(list)}\n`);
      return 0;
    }
    const count = workerCount(options.workers);
    const workers = Array.from({ length: count }, (_, index) => `w${index + 1}`);
    const plan = planOf(model, options, workers);
    terminal.out(`${options.asJson ? JSON.stringify(planJson(plan)) : planTable(plan)}\n`);
    return 0;
  } finally {
    restore();
  }
}
