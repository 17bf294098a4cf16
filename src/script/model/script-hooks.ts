import { ScriptError } from '../../base/errors.ts';
import { declaredIn } from '../trace/class-place.ts';
import { isShapeClass, type LoadShapeClass } from '../user/load-shape.ts';
import { requireGoodMembers } from './class-members.ts';

/** What a load file exports besides its users. */
export interface ScriptHooks {
  /** Runs once on the master before the first user; what it returns is `environment.data`. */
  readonly setup: (() => unknown) | undefined;
  /** Runs once on the master after the last user, with what `setup` returned. */
  readonly teardown: ((data: unknown) => unknown) | undefined;
  /** Decides how many users there are. */
  readonly Shape: LoadShapeClass | undefined;
}

/**
 * Finds the hooks among what a load file exports.
 *
 * @throws {ScriptError} Where `setup` or `teardown` is no function, or there are several shapes.
 */
export function hooksOf(
  exported: Readonly<Record<string, unknown>>,
  fileName: string,
): ScriptHooks {
  const shapes = [...new Set(Object.values(exported).filter(isShapeClass))];
  if (shapes.length > 1) {
    const names = shapes.map((each) => each.name).join(', ');
    throw new ScriptError(`${fileName}: exports several load shapes: ${names}`, {
      hint: 'Export the one that counts, or make the others `static abstract = true`.',
    });
  }
  const [Shape] = shapes;
  if (Shape !== undefined) declaredIn(Shape, () => requireGoodMembers(Shape));
  if (Shape !== undefined && typeof Shape.prototype.tick !== 'function') {
    throw new ScriptError(`${fileName}: ${Shape.name} has no tick()`, {
      hint: 'It returns [users, spawnRate], or null to end the run.',
    });
  }
  return {
    setup: functionOf(exported, 'setup', fileName),
    teardown: functionOf(exported, 'teardown', fileName),
    Shape,
  };
}

function functionOf(
  exported: Readonly<Record<string, unknown>>,
  name: 'setup' | 'teardown',
  fileName: string,
): ((data?: unknown) => unknown) | undefined {
  const value = exported[name];
  if (value === undefined) return undefined;
  if (typeof value === 'function') return (data) => Reflect.apply(value, undefined, [data]);
  throw new ScriptError(`${fileName}: ${name} is a function, found ${typeof value}`);
}
