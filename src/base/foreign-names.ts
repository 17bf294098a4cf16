import { ScriptError } from './errors.ts';

/**
 * Lets names that other tools give to members throw, with what to write instead, both when they are read and
 * when they are set: an unknown member of a JavaScript object is `undefined` otherwise, and a script that
 * sets it changes nothing without a word. Put on prototypes, so that no object costs more for it.
 *
 * @param what - How messages call the object, as in `the answer`.
 * @param names - What to write instead, by the foreign name.
 */
export function refuseForeignNames(
  target: object,
  what: string,
  names: Readonly<Record<string, string>>,
): void {
  for (const [name, instead] of Object.entries(names)) {
    const refuse = (): never => {
      throw new ScriptError(`${what} has no ${name} in katydid: write ${instead}`);
    };
    Object.defineProperty(target, name, { get: refuse, set: refuse, configurable: true });
  }
}

/**
 * As `refuseForeignNames`, for names that scripts may well give to members of their own: they throw until
 * the script has set them.
 */
export function refuseUntilSet(
  target: object,
  what: string,
  names: Readonly<Record<string, string>>,
): void {
  for (const [name, instead] of Object.entries(names)) {
    Object.defineProperty(target, name, {
      get(): never {
        throw new ScriptError(`${what} has no ${name} in katydid: write ${instead}`);
      },
      set(this: object, value: unknown): void {
        Object.defineProperty(this, name, {
          value,
          writable: true,
          enumerable: true,
          configurable: true,
        });
      },
      configurable: true,
    });
  }
}

/**
 * The names of Locust for members of katydid: `base_url` for `baseUrl`. Names of one word are the same in
 * both and are left out.
 */
export function snakeCaseNames(
  what: string,
  members: readonly string[],
): Readonly<Record<string, string>> {
  return Object.fromEntries(
    members
      .map((member) => [inSnakeCase(member), `${what}.${member}`] as const)
      .filter(([name], index) => name !== members[index]),
  );
}

/** A camelCase name as Locust would write it: `response_time` for `responseTime`. */
export function inSnakeCase(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
