/** Commands of later versions. */
const LATER_COMMANDS: ReadonlySet<string> = new Set(['compare', 'replay']);

/** Options of later versions, as they are written. */
const LATER_OPTIONS: ReadonlySet<string> = new Set([
  '--html',
  '--threshold',
  '--junit',
  '--stage',
  '--arrival-rate',
  '--arrivals',
  '--max-users',
  '--when-busy',
]);

/** What to say about a command of a later version; `undefined` for any other text. */
export function laterCommandProblem(name: string): string | undefined {
  return LATER_COMMANDS.has(name)
    ? `this version does not have the command ${name} yet`
    : undefined;
}

/**
 * What to say about an option of a later version; `undefined` for any other text.
 *
 * @param name - With its dashes.
 */
export function laterOptionProblem(name: string): string | undefined {
  return LATER_OPTIONS.has(name) ? `this version does not have ${name} yet` : undefined;
}
