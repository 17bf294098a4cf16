import { ScriptError } from '../../base/errors.ts';

/** Ends the process at once, with this status; a load file cannot take it away. */
export const exitAtOnce: (status: number) => never = process.exit.bind(process);

/**
 * Keeps load files, and packages that they use, from ending the process under a run: what was measured
 * would be lost, or the run without its end. From now on `process.exit` and `process.abort` throw, which
 * counts as an exception of the script like any other.
 *
 * @returns What gives both back.
 */
export function guardExit(): () => void {
  const { exit, abort } = process;
  process.exit = (status) => refuse(`process.exit(${status ?? ''})`);
  process.abort = () => refuse('process.abort()');
  return () => {
    process.exit = exit;
    process.abort = abort;
  };
}

function refuse(what: string): never {
  throw new ScriptError(`${what}: a load file cannot end its process`, {
    hint: 'throw new StopUser() ends a user, environment.runner.quit() the run; environment.processExitCode sets the exit status.',
  });
}
