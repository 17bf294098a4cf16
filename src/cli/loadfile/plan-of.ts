import { UsageError } from '../../base/errors.ts';
import { buildPlan, type Plan } from '../../load/plan.ts';
import { planShape } from '../../load/shape-plan.ts';
import type { ScriptModel } from '../../script/model/script-model.ts';
import { scriptFailure } from '../../script/trace/script-failure.ts';
import { forecastShape } from '../../script/user/load-shape.ts';
import type { LoadOptions } from '../options/table/option-values.ts';
import { planClasses } from './load-choice.ts';

/**
 * The plan of a load file: of its shape, where it has one, or else of users and spawn rate.
 *
 * @param workers - Their names.
 * @throws {UsageError} Where none can be made: the shape decides only while the run goes on.
 * @throws {ScriptError} Where the shape fails.
 */
export function planOf(
  model: ScriptModel,
  { users, spawnRate }: Pick<LoadOptions, 'users' | 'spawnRate'>,
  workers: readonly string[],
): Plan {
  const classes = planClasses(model);
  const { Shape } = model.hooks;
  if (Shape === undefined) return buildPlan({ users, spawnRate, classes, workers });
  let forecast: ReturnType<typeof forecastShape>;
  try {
    forecast = forecastShape(Shape);
  } catch (thrown) {
    throw scriptFailure(thrown, `${Shape.name}.tick()`);
  }
  if (forecast === undefined) {
    throw new UsageError(`the shape ${Shape.name} decides during the run, so there is no plan`, {
      hint: 'It asks for the users that run, or answers differently when asked again.',
    });
  }
  return planShape({ levels: forecast.steps, classes, workers });
}
