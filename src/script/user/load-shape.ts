import { ScriptError } from '../../base/errors.ts';
import { refuseForeignNames, snakeCaseNames } from '../../base/foreign-names.ts';
import { MAX_USERS } from '../../load/user-classes.ts';
import type { UserClass } from './user.ts';

/** What `tick` returns: how many users from now on, how fast to get there, and of which classes. */
export type ShapeTick =
  | readonly [users: number, spawnRate: number]
  | readonly [users: number, spawnRate: number, userClasses: readonly UserClass[] | undefined]
  | {
      /** Users to head for, 0 or more. */
      readonly users: number;
      /** Users started, or stopped, per second; more than 0. */
      readonly spawnRate: number;
      /** Classes that users started from now on are of. @default all that take part */
      readonly userClasses?: readonly UserClass[] | undefined;
    };

/** One answer of a shape, checked. */
export interface ShapeStep {
  readonly users: number;
  readonly spawnRate: number;
  /** Names; `undefined` for all that take part. */
  readonly userClasses: readonly string[] | undefined;
}

/** What a shape asks of the run. */
export interface ShapeContext {
  /** Seconds since the first user's start. */
  runTimeSeconds(): number;
  /** Users that run now. */
  currentUsers(): number;
}

const NOT_RUNNING: ShapeContext = { runTimeSeconds: () => 0, currentUsers: () => 0 };
const contexts = new WeakMap<LoadShape, ShapeContext>();

/**
 * Decides during the run how many users there are. Export one class that extends it: its `tick` is called
 * once a second on the master. `--users`, `--spawn-rate` and `--run-time` then mean nothing, unless
 * `static useCommonOptions = true`.
 */
export abstract class LoadShape {
  /** Not the shape of the run, only a base for others. Holds for the very class that says so. */
  static abstract?: boolean = true;
  /** Whether `--run-time` holds too; `environment.options` has `users` and `spawnRate`. @default false */
  static useCommonOptions: boolean = false;

  #resetAtSeconds = 0;

  /**
   * What the run should be like now; `null` ends it (with the stop reason `shape`).
   *
   * @returns `[users, spawnRate]`, `[users, spawnRate, userClasses]`, the same as an object, or null.
   */
  abstract tick(): ShapeTick | null;

  /** Seconds since the first user's start, or since `resetTime`; fractions. */
  getRunTime(): number {
    return this.#context.runTimeSeconds() - this.#resetAtSeconds;
  }

  /** Number of users that run now. A shape that asks cannot be planned ahead. */
  getCurrentUserCount(): number {
    return this.#context.currentUsers();
  }

  /** Has `getRunTime` count from now. */
  resetTime(): void {
    this.#resetAtSeconds = this.#context.runTimeSeconds();
  }

  get #context(): ShapeContext {
    return contexts.get(this) ?? NOT_RUNNING;
  }
}

refuseForeignNames(
  LoadShape.prototype,
  'a load shape',
  snakeCaseNames('this', ['getRunTime', 'getCurrentUserCount', 'resetTime']),
);

/** A class that shapes are made of. */
export type LoadShapeClass = (new () => LoadShape) & typeof LoadShape;

/** Whether a value is a class that extends `LoadShape` and is no mere base. */
export function isShapeClass(value: unknown): value is LoadShapeClass {
  return (
    typeof value === 'function' &&
    value.prototype instanceof LoadShape &&
    Object.getOwnPropertyDescriptor(value, 'abstract')?.value !== true
  );
}

/** A shape at work: asks the script's object and checks what it says. */
export class RunningShape {
  readonly #shape: LoadShape;
  readonly #name: string;

  /** @throws {ScriptError} Where the shape cannot be made. */
  constructor(Shape: LoadShapeClass, context: ShapeContext) {
    this.#name = Shape.name;
    this.#shape = new Shape();
    contexts.set(this.#shape, context);
  }

  /**
   * What the shape wants now; `undefined` for the end of the run.
   *
   * @throws What the script's `tick` throws; `ScriptError` where it returns nonsense.
   */
  next(): ShapeStep | undefined {
    const answer: unknown = this.#shape.tick();
    if (answer === null || answer === undefined) return undefined;
    return this.#checked(answer);
  }

  #checked(answer: unknown): ShapeStep {
    const [users, spawnRate, userClasses] = this.#partsOf(answer);
    if (typeof users !== 'number' || !(users >= 0 && users <= MAX_USERS)) {
      throw this.#wrong('a number of users from 0 to 1,000,000', users);
    }
    if (typeof spawnRate !== 'number' || !(spawnRate > 0 && spawnRate <= MAX_USERS)) {
      throw this.#wrong('a spawn rate above 0', spawnRate);
    }
    return { users: Math.round(users), spawnRate, userClasses: this.#namesOf(userClasses) };
  }

  #partsOf(answer: unknown): readonly unknown[] {
    if (Array.isArray(answer)) return answer;
    if (answer instanceof Promise) {
      answer.catch(() => undefined);
      throw this.#wrong('an answer at once: it must not be async', 'a promise');
    }
    if (typeof answer === 'object' && answer !== null) {
      const field = (key: string): unknown => Reflect.get(answer, key);
      return [field('users'), field('spawnRate'), field('userClasses')];
    }
    throw this.#wrong('[users, spawnRate], an object of these, or null', answer);
  }

  #namesOf(userClasses: unknown): readonly string[] | undefined {
    if (userClasses === undefined || userClasses === null) return undefined;
    if (!Array.isArray(userClasses) || userClasses.length === 0) {
      throw this.#wrong('a list of user classes', userClasses);
    }
    return userClasses.map((each: unknown) => {
      if (typeof each === 'function') return each.name;
      if (typeof each === 'string') return each;
      throw this.#wrong('user classes', each);
    });
  }

  #wrong(wanted: string, found: unknown): ScriptError {
    const shown = String(found).split('\n', 1)[0]?.slice(0, 80);
    return new ScriptError(`${this.#name}.tick(): expected ${wanted}, found ${shown}`, {
      hint: 'As in `return [10, 2]`, `return { users: 10, spawnRate: 2 }`, or `return null` for the end.',
    });
  }
}

/** What a shape does, second by second, as far as that can be known before the run. */
export interface ShapeForecast {
  /** What the shape asked for in each second from 0 on, up to its end or to the longest time that is looked at. */
  readonly steps: readonly ShapeStep[];
  /** Whether the shape ends the run after the last of `steps`. */
  readonly hasEnd: boolean;
}

/** A shape that goes on for longer is shown up to here. */
const MAX_FORECAST_SECONDS = 24 * 3600;

/**
 * Asks a shape what it will do, on a clock that this function moves.
 *
 * @returns `undefined` where that cannot be known: it asks for the users that run, or answers otherwise
 *   the second time.
 * @throws What its `tick` throws.
 */
export function forecastShape(
  Shape: LoadShapeClass,
  maxSeconds: number = MAX_FORECAST_SECONDS,
): ShapeForecast | undefined {
  const first = rehearse(Shape, maxSeconds);
  if (first === undefined) return undefined;
  const second = rehearse(Shape, maxSeconds);
  const isSame = JSON.stringify(first) === JSON.stringify(second);
  return isSame ? first : undefined;
}

function rehearse(Shape: LoadShapeClass, maxSeconds: number): ShapeForecast | undefined {
  let nowSeconds = 0;
  let hasAskedForUsers = false;
  const shape = new RunningShape(Shape, {
    runTimeSeconds: () => nowSeconds,
    currentUsers: () => {
      hasAskedForUsers = true;
      return 0;
    },
  });
  const steps: ShapeStep[] = [];
  for (; nowSeconds < maxSeconds; nowSeconds += 1) {
    const step = shape.next();
    if (hasAskedForUsers) return undefined;
    if (step === undefined) return { steps, hasEnd: true };
    steps.push(step);
  }
  return { steps, hasEnd: false };
}
