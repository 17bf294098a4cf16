import { ScriptError } from '../../base/errors.ts';
import { declaredIn } from '../trace/class-place.ts';
import { HttpUser } from '../user/http-user.ts';
import { LoadShape } from '../user/load-shape.ts';
import { declaredMembers } from '../user/task-metadata.ts';
import { TaskSet } from '../user/task-set.ts';
import { constructWith } from '../user/user-context.ts';
import {
  between,
  constant,
  constantPacing,
  constantThroughput,
  requireWaitTime,
} from '../user/wait-time.ts';
import { lineage } from './lineage.ts';
import { type ClassKind, type ClassMember, memberProblem } from './member-rules.ts';

/** Every class and function has these. */
const NOT_THE_SCRIPTS: ReadonlySet<string> = new Set([
  'length',
  'name',
  'prototype',
  'constructor',
  'arguments',
  'caller',
]);

/** A field as esbuild prints it: as it is, or moved to the constructor in a class with decorators. */
const FIELD = /^\s*(?:__publicField\(this, "([\w$]+)"|([\w$]+)\s*[=;])/gm;

/**
 * Refuses members that a class of the load file has by mistake: Locust's spelling, on the class instead
 * of its objects or the other way round, or hiding what katydid offers. See `memberProblem`.
 *
 * Which fields the objects of a class have shows only on an object, but making one before the run may
 * have effects that the script counts on having once for each user. So the text of the class decides
 * whether there is cause for suspicion, and only then is one made to be certain.
 *
 * @throws {ScriptError} Naming the class, the member, and what to write instead.
 */
export function requireGoodMembers(declaring: new (given: never) => object): void {
  const kind = kindOf(declaring);
  const classes = lineage<object & { readonly name: string }>(declaring);
  const sources = classes.map((each) => Function.prototype.toString.call(each));
  const code = sources.join('\n');
  const suspects: FieldSuspect[] = [];
  // A subclass that declares a task again need not say once more that it is one.
  const tasks = new Set<string>();
  for (const [index, each] of classes.entries()) {
    for (const name of taskNamesOn(each)) tasks.add(name);
    for (const member of membersOn(each, tasks, code)) refuse(kind, each, member);
    for (const name of fieldNamesIn(sources[index] ?? '')) {
      const member = fieldCalled(name, code);
      if (memberProblem(kind, member) !== undefined) suspects.push({ declaring: each, member });
    }
  }
  if (suspects.length === 0 && !sources.some((source) => hasDoubtfulWaitTime(source))) return;
  const made = tryToMake(declaring, code);
  if (made === undefined) return;
  for (const suspect of suspects) {
    if (Object.hasOwn(made, suspect.member.name)) refuse(kind, suspect.declaring, suspect.member);
  }
  requireCallables(declaring.name, made);
}

/**
 * Refuses an object whose fields are wrong: what `requireGoodMembers` could not find out because the
 * constructor needs a real run.
 *
 * @throws {ScriptError} Naming the class, the field, and what to write instead.
 */
export function requireGoodFields(made: object): void {
  const { constructor: declaring } = made;
  if (classesWithGoodFields.has(declaring)) return;
  const kind = kindOf(declaring);
  for (const name of Object.keys(made)) {
    // Nothing tells here whether the script uses the field, so a field that may be meant is let be.
    const member: ClassMember = {
      name,
      place: 'field',
      isTask: false,
      isUsed: true,
      callsSuper: false,
      takesSelf: false,
    };
    const problem = memberProblem(kind, member);
    if (problem !== undefined) throw memberError(declaring.name, member, problem);
  }
  requireCallables(declaring.name, made);
  classesWithGoodFields.add(declaring);
}

/** All objects of a class have the same fields: looking at one is enough, however many users there are. */
const classesWithGoodFields = new WeakSet<object>();

interface FieldSuspect {
  readonly declaring: object & { readonly name: string };
  readonly member: ClassMember;
}

function refuse(
  kind: ClassKind,
  declaring: object & { readonly name: string },
  member: ClassMember,
): void {
  const problem = memberProblem(kind, member);
  if (problem === undefined) return;
  declaredIn(
    declaring,
    () => {
      throw memberError(declaring.name, member, problem);
    },
    member.name,
  );
}

function memberError(
  className: string,
  { name }: ClassMember,
  { message, hint }: { readonly message: string; readonly hint: string },
): ScriptError {
  return new ScriptError(`${className}.${name} ${message}`, { hint });
}

function kindOf(declaring: object): ClassKind {
  const prototype: unknown = Reflect.get(declaring, 'prototype');
  if (prototype instanceof TaskSet) return 'taskSet';
  if (prototype instanceof LoadShape) return 'shape';
  return prototype instanceof HttpUser ? 'httpUser' : 'user';
}

/** Names of tasks that a class declares itself, by decorator or in the plain form. */
function taskNamesOn(declaring: object): ReadonlySet<string> {
  const decorated = declaredMembers(declaring)
    .filter(({ weight }) => weight !== undefined)
    .map(({ name }) => String(name));
  const plain: unknown = Object.getOwnPropertyDescriptor(declaring, 'tasks')?.value;
  const entries: readonly unknown[] =
    plain instanceof Map ? [...plain.keys()] : Array.isArray(plain) ? plain : [];
  const listed = entries.map((entry: unknown) => (Array.isArray(entry) ? entry[0] : entry));
  return new Set([...decorated, ...listed.filter((entry) => typeof entry === 'string')]);
}

function membersOn(
  declaring: object,
  tasks: ReadonlySet<string>,
  code: string,
): readonly ClassMember[] {
  const prototype: unknown = Reflect.get(declaring, 'prototype');
  const methods = typeof prototype === 'object' && prototype !== null ? prototype : {};
  return [
    ...ownNames(declaring).map((name) => memberOf(name, 'static', declaring, tasks, code)),
    ...ownNames(methods).map((name) => memberOf(name, 'method', methods, tasks, code)),
  ];
}

function ownNames(holder: object): readonly string[] {
  return Object.getOwnPropertyNames(holder).filter((name) => !NOT_THE_SCRIPTS.has(name));
}

function memberOf(
  name: string,
  place: 'static' | 'method',
  holder: object,
  tasks: ReadonlySet<string>,
  code: string,
): ClassMember {
  const { value, get } = Object.getOwnPropertyDescriptor(holder, name) ?? {};
  const text = Function.prototype.toString.call(
    typeof value === 'function' ? value : (get ?? Object),
  );
  return {
    name,
    place,
    isTask: tasks.has(name),
    isUsed: isReferredTo(name, code),
    callsSuper: text.includes(`super.${name}`),
    takesSelf: /^[^({]*\(\s*self\s*[,)]/.test(text),
  };
}

function fieldCalled(name: string, code: string): ClassMember {
  const isUsed = isReferredTo(name, code);
  return { name, place: 'field', isTask: false, isUsed, callsSuper: false, takesSelf: false };
}

function isReferredTo(name: string, code: string): boolean {
  return code.includes(`.${name}`) || code.includes(`['${name}']`) || code.includes(`["${name}"]`);
}

function fieldNamesIn(source: string): ReadonlySet<string> {
  return new Set([...source.matchAll(FIELD)].map(([, moved, plain]) => moved ?? plain ?? ''));
}

/** Anything but a call of one of katydid's own wait times, or a function that stands there. */
function hasDoubtfulWaitTime(source: string): boolean {
  const values = source.matchAll(
    /^\s*(?:__publicField\(this, "waitTime",|waitTime\s*=(?!=))\s*([^\n]*)/gm,
  );
  return [...values].some(([, value = '']) => {
    if (/^(?:async\b|function\b|\(|[\w$]+\s*=>)/.test(value)) return false;
    const call = /^(between|constant|constantPacing|constantThroughput)\(([-+\d.e, ]+)\)/.exec(
      value,
    );
    return call === null ? !/^[\w$.]+\(/.test(value) : wouldThrow(call[1] ?? '', call[2] ?? '');
  });
}

const WAIT_TIMES = { between, constant, constantPacing, constantThroughput };

/** Whether a wait time with these plain numbers is one that cannot be, such as `between(-1, 2)`. */
function wouldThrow(name: string, list: string): boolean {
  try {
    // The expression that found the name allows only these four, and they only check their arguments.
    Reflect.apply(
      WAIT_TIMES[name as keyof typeof WAIT_TIMES],
      undefined,
      list.split(',').map(Number),
    );
    return false;
  } catch {
    return true;
  }
}

/** @throws {ScriptError} What a wait time of the class throws. */
function tryToMake(declaring: new (given: never) => object, code: string): object | undefined {
  try {
    return constructWith(PROBE_CONTEXT, () => new declaring(undefined as never));
  } catch (thrown) {
    const isOfWaitTime =
      thrown instanceof ScriptError && /^(?:between|constant\w*): /.test(thrown.message);
    if (isOfWaitTime && code.includes(thrown.message.split(':')[0] ?? '')) throw thrown;
    // The constructor needs a real run: the check on the first real object will tell.
    return undefined;
  }
}

function requireCallables(className: string, made: object): void {
  if (Object.hasOwn(made, 'waitTime')) {
    requireWaitTime(`${className}.waitTime`, Reflect.get(made, 'waitTime'));
  }
  for (const name of ['onStart', 'onStop', 'tick']) {
    if (!Object.hasOwn(made, name)) continue;
    const value: unknown = Reflect.get(made, name);
    if (typeof value === 'function') continue;
    throw new ScriptError(`${className}.${name}: expected a function, found ${String(value)}`);
  }
}

/** Answers whatever a constructor or field initialiser may reasonably ask; nothing is ever sent. */
const PROBE_CONTEXT = {
  index: 0,
  iteration: 0,
  host: '',
  environment: undefined,
  random: (): number => 0.5,
  wait: (): Promise<void> => Promise.resolve(),
  openSession: (): object => ({}),
};
