import { ScriptError, UsageError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { settingsOf } from '../../http/user/http-settings.ts';
import { declaredIn } from '../trace/class-place.ts';
import { HttpUser } from '../user/http-user.ts';
import type { UserClass } from '../user/user.ts';
import { requireGoodMembers } from './class-members.ts';
import { collectTasks, isUserClass } from './collect-tasks.ts';
import { hooksOf, type ScriptHooks } from './script-hooks.ts';
import { type TaskPlan, taskNamesOf } from './task-plan.ts';

/** A user class that takes part, checked. Never changed. */
export interface UserClassModel {
  readonly name: string;
  /** Share of the users, 0 or more. */
  readonly weight: number;
  /** Exactly this many users; 0 for a share by weight. */
  readonly fixedCount: number;
  /** The class's own base URL, without regard to `--host`. */
  readonly host: string | undefined;
  /** Whether its users have an HTTP client, and so need a host for relative URLs. */
  readonly isHttp: boolean;
  /** Whether every iteration begins without cookies and connections. */
  readonly hasFreshSessions: boolean;
  readonly UserClass: UserClass;
  /** Every task, nested ones as in `Forum.read`. */
  readonly taskNames: readonly string[];
  readonly plan: TaskPlan;
}

/** What a load file declares. */
export interface ScriptModel {
  /** In the order of their names, so that the order is the same on every machine. */
  readonly classes: readonly UserClassModel[];
  readonly hooks: ScriptHooks;
}

/**
 * Makes the model of a load file from what it exports.
 *
 * @param fileName - For messages.
 * @throws {ScriptError} Where it has no user class, or one that cannot be run.
 */
export function modelOf(
  exported: Readonly<Record<string, unknown>>,
  fileName: string,
): ScriptModel {
  const found = new Map<string, UserClass>();
  for (const [exportName, value] of Object.entries(exported)) {
    if (!isConcreteUserClass(value)) continue;
    if (value.name === '') Object.defineProperty(value, 'name', { value: exportName });
    const sameName = found.get(value.name);
    if (sameName !== undefined && sameName !== value) {
      throw new ScriptError(`${fileName}: exports two user classes named ${value.name}`);
    }
    found.set(value.name, value);
  }
  if (found.size === 0) throw noUserClass(exported, fileName);
  // A module's exports come sorted by export name; class names may differ from those.
  const names = [...found.keys()].sort();
  return {
    classes: names
      .flatMap((name) => found.get(name) ?? [])
      .map((each) => declaredIn(each, () => userClassModel(each))),
    hooks: hooksOf(exported, fileName),
  };
}

/**
 * Leaves only the named classes.
 *
 * @param names - As given on the command line; empty for all.
 * @throws {UsageError} Where a name is unknown.
 */
export function selectClasses(model: ScriptModel, names: readonly string[]): ScriptModel {
  if (names.length === 0) return model;
  const known = model.classes.map((each) => each.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const meant = nearestName(name, known);
    throw new UsageError(`the load file has no user class ${name}; it has ${known.join(', ')}`, {
      ...(meant === undefined ? {} : { hint: `Did you mean ${meant}?` }),
    });
  }
  return { ...model, classes: model.classes.filter((each) => names.includes(each.name)) };
}

/** Checks a user class and collects its tasks. */
function userClassModel(UserClass: UserClass): UserClassModel {
  const { name } = UserClass;
  requireGoodMembers(UserClass);
  requireHttpOptions(UserClass);
  const plan = collectTasks(UserClass);
  return {
    name,
    weight: staticNumber(UserClass, 'weight'),
    fixedCount: fixedCountOf(UserClass),
    host: hostOf(UserClass),
    isHttp: UserClass.prototype instanceof HttpUser,
    hasFreshSessions: Reflect.get(UserClass, 'freshSession') === true,
    UserClass,
    taskNames: taskNamesOf(plan),
    plan,
  };
}

function isConcreteUserClass(value: unknown): value is UserClass {
  return isUserClass(value) && !isAbstract(value);
}

/** Being abstract is not inherited: only what the class itself says counts. */
function isAbstract(candidate: object): boolean {
  return Object.getOwnPropertyDescriptor(candidate, 'abstract')?.value === true;
}

function noUserClass(exported: Readonly<Record<string, unknown>>, fileName: string): ScriptError {
  const shown = Object.entries(exported)
    .slice(0, 20)
    .map(([name, value]) => `${name} (${kindOf(value)})`);
  const found = shown.length === 0 ? 'it exports nothing' : `it exports ${shown.join(', ')}`;
  const isCommonJs = kindOf(exported['default']) === 'an object';
  const reason = isCommonJs ? ' `module.exports` is not read.' : '';
  return new ScriptError(`${fileName}: no user class; ${found}`, {
    hint: `Export a class that extends HttpUser: \`export class Shopper extends HttpUser { … }\`.${reason}`,
  });
}

function kindOf(value: unknown): string {
  if (isUserClass(value)) return 'an abstract user class';
  if (typeof value === 'function')
    return String(value).startsWith('class') ? 'a class' : 'a function';
  if (value === null || value === undefined) return String(value);
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

function staticNumber(UserClass: UserClass, key: 'weight' | 'fixedCount'): number {
  const value: unknown = UserClass[key];
  if (typeof value === 'number' && Number.isFinite(value) && value >= 0) return value;
  throw new ScriptError(
    `${UserClass.name}.${key}: expected a number of 0 or more, found ${shortText(value)}`,
  );
}

function fixedCountOf(UserClass: UserClass): number {
  const count = staticNumber(UserClass, 'fixedCount');
  if (Number.isSafeInteger(count)) return count;
  throw new ScriptError(`${UserClass.name}.fixedCount: expected a whole number, found ${count}`);
}

function hostOf(UserClass: UserClass): string | undefined {
  const host: unknown = UserClass.host ?? undefined;
  if (host === undefined || host === '') return undefined;
  if (typeof host !== 'string') {
    throw new ScriptError(`${UserClass.name}.host: expected a URL, found ${shortText(host)}`);
  }
  if (UserClass.prototype instanceof HttpUser && !isHttpUrl(host)) {
    throw new ScriptError(
      `${UserClass.name}.host: expected a URL with http:// or https://, found '${host}'`,
    );
  }
  return host;
}

/** A run without the certificate or the timeout that a class asks for would measure something else. */
function requireHttpOptions(UserClass: UserClass): void {
  if (!(UserClass.prototype instanceof HttpUser)) return;
  const options: unknown = Reflect.get(UserClass, 'http') ?? {};
  if (typeof options !== 'object' || options === null || Array.isArray(options)) {
    throw new ScriptError(
      `${UserClass.name}.http: expected an object, found ${shortText(options)}`,
    );
  }
  try {
    settingsOf(options);
  } catch (thrown) {
    if (!(thrown instanceof ScriptError)) throw thrown;
    throw new ScriptError(`${UserClass.name}.${thrown.message}`, {
      cause: thrown,
      ...(thrown.hint === undefined ? {} : { hint: thrown.hint }),
    });
  }
}

function isHttpUrl(text: string): boolean {
  return /^https?:\/\//i.test(text) && URL.canParse(text);
}

function shortText(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : String(value);
  return text.length > 80 ? `${text.slice(0, 79)}…` : text;
}
