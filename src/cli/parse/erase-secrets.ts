import { redactArguments } from '../options/read/redact-arguments.ts';

/**
 * Takes what is secret out of the process list, where all users of a machine can read it.
 *
 * @param argv - The whole command line.
 * @param declaredNames - Secret options of the load file, without dashes.
 * @returns The command line with `***` in their place.
 */
export function eraseSecrets(
  argv: readonly string[],
  declaredNames: readonly string[] = [],
): readonly string[] {
  const shown = redactArguments(argv, declaredNames);
  if (shown.some((text, index) => text !== argv[index])) process.title = `katydid ${argv[0] ?? ''}`;
  return shown;
}
