import { ScriptError } from '../../base/errors.ts';
import { constructWith } from '../user/user-context.ts';
import { between, constant, constantPacing, constantThroughput } from '../user/wait-time.ts';

/** What katydid reads from the class itself: as a field of each user it would silently mean nothing. */
const STATIC_ONLY = ['weight', 'fixedCount', 'host', 'tasks', 'tags', 'abstract'];

/** As esbuild prints fields: as they are, or moved to the constructor in a class with decorators. */
const FIELD = new RegExp(
  `^\\s*(?:__publicField\\(this, "(?:${STATIC_ONLY.join('|')})"|(?:${STATIC_ONLY.join('|')})\\s*[=;])`,
  'm',
);

/**
 * The first field of the users of a class that should be static.
 *
 * Whether a class has such fields shows only on an object, but making users before the run may have
 * effects that the script counts on having once for each user. So the text of the classes decides
 * whether there is cause for suspicion, and only then is one user made to be certain.
 */
export function findInstanceField(UserClass: new () => object): string | undefined {
  if (!sourcesOf(UserClass).some((source) => FIELD.test(source))) return undefined;
  try {
    return staticOnlyFieldOf(constructWith(PROBE_CONTEXT, () => new UserClass()));
  } catch {
    // Its constructor needs a real run: the check on the first real user will tell.
    return undefined;
  }
}

/**
 * Refuses a user with a field that should be static.
 *
 * @throws {ScriptError} Naming the class, the field and the remedy.
 */
export function requireStaticFields(user: object): void {
  const field = staticOnlyFieldOf(user);
  if (field === undefined) return;
  throw instanceFieldError(user.constructor.name, field);
}

/** The message for `className` whose users have the field `field`. */
export function instanceFieldError(className: string, field: string): ScriptError {
  return new ScriptError(
    `${className}.${field} is a field of every user; katydid reads it from the class`,
    {
      hint: `Make it static: \`static ${field} = …\`.`,
    },
  );
}

function staticOnlyFieldOf(user: object): string | undefined {
  return STATIC_ONLY.find((name) => Object.hasOwn(user, name));
}

/**
 * Refuses wait times that are constant and cannot be: `waitTime = between(-1, 2)`. As above, an object is
 * made only where the text of the class gives cause.
 *
 * @throws {ScriptError} What the wait time throws.
 */
export function requireWaitTimes(declaring: new () => object): void {
  const wrong = sourcesOf(declaring).flatMap((source) => brokenWaitTimes(source));
  if (wrong.length === 0) return;
  try {
    constructWith(PROBE_CONTEXT, () => new declaring());
  } catch (thrown) {
    // Anything else may come of there being no real run.
    if (thrown instanceof ScriptError && wrong.includes(thrown.message)) throw thrown;
  }
}

const WAIT_TIMES = { between, constant, constantPacing, constantThroughput };
const CONSTANT_WAIT_TIME =
  /\b(between|constant|constantPacing|constantThroughput)\(([-+\d.e, ]+)\)/g;

/** What the wait times with plain numbers in the text of a class would throw. */
function brokenWaitTimes(source: string): readonly string[] {
  return [...source.matchAll(CONSTANT_WAIT_TIME)].flatMap(([, name = '', list = '']) => {
    const numbers = list.split(',').map(Number);
    try {
      // The expression allows these four names alone; what they check is their arguments.
      Reflect.apply(WAIT_TIMES[name as keyof typeof WAIT_TIMES], undefined, numbers);
      return [];
    } catch (thrown) {
      return thrown instanceof ScriptError ? [thrown.message] : [];
    }
  });
}

function sourcesOf(UserClass: object): readonly string[] {
  const sources: string[] = [];
  let current: unknown = UserClass;
  while (typeof current === 'function' && current !== Function.prototype) {
    sources.push(Function.prototype.toString.call(current));
    current = Object.getPrototypeOf(current);
  }
  return sources;
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
