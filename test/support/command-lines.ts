import { KatydidError } from '../../src/base/errors.ts';
import type { CommandName } from '../../src/cli/options/table/option-values.ts';
import type { CommandInvocation, Invocation } from '../../src/cli/parse/invocation.ts';
import { type EnvironmentVariables, parseCommandLine } from '../../src/cli/parse/program.ts';

/** Parses `line`, split at spaces, and insists that it is that command. */
export async function parsed<C extends CommandName>(
  command: C,
  line: string,
  cwd: string,
  env: EnvironmentVariables = {},
): Promise<CommandInvocation<C>> {
  const argv = [command, ...line.split(' ').filter((word) => word !== '')];
  const invocation: Invocation = await parseCommandLine(argv, env, cwd);
  if (invocation.command !== command) throw new TypeError(`parsed as ${invocation.command}`);
  // The command's name decides the type, which TypeScript cannot follow through a type parameter.
  return invocation as unknown as CommandInvocation<C>;
}

/** The usage error that a command line ends in, as text: its message, then its hint. */
export async function usageErrorOf(
  argv: readonly string[],
  cwd: string,
  env: EnvironmentVariables = {},
): Promise<{ readonly message: string; readonly hint: string }> {
  const thrown: unknown = await parseCommandLine(argv, env, cwd).then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(thrown instanceof KatydidError) || thrown.code !== 'KAT_USAGE') {
    throw new TypeError(`no usage error: ${String(thrown)}`, { cause: thrown });
  }
  return { message: thrown.message, hint: thrown.hint ?? '' };
}
