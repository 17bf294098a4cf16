import { HttpUser } from '../user/http-user.ts';
import { LoadShape } from '../user/load-shape.ts';
import { MarkovTaskSet, SequentialTaskSet, TaskSet } from '../user/task-set.ts';
import { User } from '../user/user.ts';

// Katydid is never bundled with a script, so that its classes are known by identity.
const OURS: ReadonlySet<unknown> = new Set([
  User,
  HttpUser,
  TaskSet,
  SequentialTaskSet,
  MarkovTaskSet,
  LoadShape,
  Function.prototype,
]);

/** The script's own classes that make up `declaring`, base classes first; katydid's are left out. */
export function lineage<Class extends object>(declaring: Class): readonly Class[] {
  const classes: Class[] = [];
  let current: unknown = declaring;
  while (typeof current === 'function' && !OURS.has(current)) {
    // Every class between `declaring` and ours extends ours, and so is of the same kind.
    classes.unshift(current as unknown as Class);
    current = Object.getPrototypeOf(current);
  }
  return classes;
}
