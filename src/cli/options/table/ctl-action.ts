import { quote } from './quote.ts';
import { good, type Parsed, wholeNumber } from './value-parsers.ts';

/** What `katydid ctl` is to do. */
export type CtlAction =
  | { readonly type: 'status' | 'watch' | 'stop' | 'reset' }
  | {
      readonly type: 'users';
      readonly users: number;
      /** Users per second; absent: at the rate of the run. */
      readonly spawnRate?: number;
    };

const COMMANDS = 'status, watch, users N, stop or reset';

/**
 * Reads the words behind `katydid ctl`.
 *
 * @param spawnRate - As given on the command line; `undefined`: it was not.
 */
export function readCtlAction(
  words: readonly string[],
  spawnRate: number | undefined,
): Parsed<CtlAction> {
  const [name, ...rest] = words;
  switch (name) {
    case 'status':
    case 'watch':
    case 'stop':
    case 'reset': {
      const [more] = rest;
      if (more !== undefined) return bad(`got ${quote(more)}, and wanted nothing more`);
      if (spawnRate !== undefined) return bad('--spawn-rate: only goes with users N');
      return good({ type: name });
    }
    case 'users':
      return readUsers(rest, spawnRate);
    default:
      return bad(
        name === undefined ? `wanted ${COMMANDS}` : `got ${quote(name)}, wanted ${COMMANDS}`,
      );
  }
}

function readUsers(
  [count, more]: readonly string[],
  spawnRate: number | undefined,
): Parsed<CtlAction> {
  if (count === undefined) return bad('users: wanted how many, such as users 100');
  if (more !== undefined) return bad(`got ${quote(more)}, and wanted nothing more`);
  const users = wholeNumber(0, 1_000_000)(count);
  if (!users.ok) return bad(`users: ${users.problem}`);
  const rate = spawnRate === undefined ? {} : { spawnRate };
  return good({ type: 'users', users: users.value, ...rate });
}

function bad<T>(problem: string): Parsed<T> {
  return { ok: false, problem };
}
