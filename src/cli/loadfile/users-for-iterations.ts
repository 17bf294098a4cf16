import { UsageError } from '../../base/errors.ts';

/**
 * The options with no more users than there are iterations: the others would have nothing to do.
 *
 * @param options - Those of a run, whose `iterations` may have no end.
 */
export function usersForIterations<
  Options extends { readonly users: number; readonly iterations: number | undefined },
>(options: Options): Options {
  const { users, iterations = users } = options;
  return iterations < users ? { ...options, users: iterations } : options;
}

/**
 * Makes sure that a number of iterations can be shared out: a shape brings and takes users as it likes.
 *
 * @param shapeName - Of the load file's shape, if it has one.
 * @throws {UsageError} Where it has one, and a number of iterations is asked for.
 */
export function requireNoShape(
  iterations: number | undefined,
  shapeName: string | undefined,
): void {
  if (iterations === undefined || shapeName === undefined) return;
  throw new UsageError(`--iterations: the load file's shape ${shapeName} says when the run ends`, {
    hint: 'Leave out -n, or the shape.',
  });
}
