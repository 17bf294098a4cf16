import { UsageError } from '../../base/errors.ts';
import { nearestName } from '../../base/nearest-name.ts';
import { LoadShape } from '../user/load-shape.ts';
import { isUserClass } from './collect-tasks.ts';

const EVERY_FUNCTION_HAS: ReadonlySet<string> = new Set([
  'length',
  'name',
  'prototype',
  'arguments',
  'caller',
]);

/**
 * Sets static attributes of user classes and load shapes, as `--set Class.attribute=value` asks for.
 *
 * @param settings - Texts by `Class.attribute`. A text becomes what the attribute is now: a number, true
 *   or false, or a text. Where the attribute is anything else, or has no value, the text is read as JSON;
 *   a text that is no JSON is taken as it is.
 * @throws {UsageError} Where there is no such class or attribute, or the text does not fit.
 */
export function applySettings(
  exported: Readonly<Record<string, unknown>>,
  settings: Readonly<Record<string, string>>,
): void {
  const classes = Object.values(exported).filter(isSettable);
  for (const [setting, text] of Object.entries(settings)) {
    const [, className = '', attribute = ''] = /^([^.]+)\.(.+)$/.exec(setting) ?? [];
    if (attribute === '') {
      throw new UsageError(`--set ${setting}=${text}: expected Class.attribute=value`);
    }
    const chosen = classes.find((each) => each.name === className);
    if (chosen === undefined) {
      const meant = nearestName(
        className,
        classes.map((each) => each.name),
      );
      throw new UsageError(
        `--set ${setting}=${text}: the load file has no user class or shape ${className}`,
        {
          ...(meant === undefined ? {} : { hint: `Did you mean ${meant}?` }),
        },
      );
    }
    requireAttribute(chosen, attribute, `--set ${setting}=${text}`);
    const value = settingValue(setting, text, Reflect.get(chosen, attribute));
    // Defined rather than assigned: an inherited attribute must not change on the base class.
    Object.defineProperty(chosen, attribute, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  }
}

/** An attribute that no class has would be set and never be read. */
function requireAttribute(
  chosen: object & { readonly name: string },
  name: string,
  what: string,
): void {
  const known = staticNames(chosen);
  if (known.has(name)) return;
  const meant = nearestName(name, [...known]);
  throw new UsageError(`${what}: ${chosen.name} has no static attribute ${name}`, {
    hint:
      meant === undefined
        ? `Declare it in the load file: static ${name} = …`
        : `Did you mean ${meant}?`,
  });
}

/** The static attributes of a class and of those that it extends; methods are not among them. */
function staticNames(chosen: object): ReadonlySet<string> {
  const names = new Set<string>();
  let each: unknown = chosen;
  while (typeof each === 'function' && each !== Function.prototype) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(each))) {
      if (!EVERY_FUNCTION_HAS.has(name) && typeof value !== 'function') names.add(name);
    }
    each = Object.getPrototypeOf(each);
  }
  return names;
}

/** Base classes are included: their attributes hold for the classes that inherit them. */
function isSettable(value: unknown): value is { readonly name: string } {
  return (
    isUserClass(value) || (typeof value === 'function' && value.prototype instanceof LoadShape)
  );
}

function settingValue(setting: string, text: string, now: unknown): unknown {
  if (typeof now === 'string') return text;
  if (typeof now === 'number') {
    const value = Number(text);
    if (text.trim() !== '' && !Number.isNaN(value)) return value;
    throw new UsageError(`--set ${setting}=${text}: expected a number`);
  }
  if (typeof now === 'boolean') {
    if (text === 'true' || text === '1') return true;
    if (text === 'false' || text === '0') return false;
    throw new UsageError(`--set ${setting}=${text}: expected true or false`);
  }
  try {
    return JSON.parse(text);
  } catch {
    // The text is no JSON: it may be a URL for an attribute without a value.
    return text;
  }
}
