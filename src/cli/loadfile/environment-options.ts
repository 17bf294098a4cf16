import type { Json } from '../../protocol/messages/master-messages.ts';
import type {
  LoadOptions,
  OutputOptions,
  RunningOptions,
  ScriptOptions,
} from '../options/table/option-values.ts';

/**
 * katydid's own options as scripts see them in `environment.options`: those that the command has.
 *
 * @param seed - The one that holds, where none was given.
 */
export function environmentOptions(
  options: Partial<LoadOptions & RunningOptions & OutputOptions & ScriptOptions>,
  seed: number | undefined = options.seed,
): Readonly<Record<string, Json>> {
  return {
    host: options.host ?? null,
    users: options.users ?? null,
    spawnRate: options.spawnRate ?? null,
    runTime: options.runTimeSeconds ?? null,
    stopTimeout: options.stopTimeoutSeconds ?? null,
    seed: seed ?? null,
    tags: options.tags ?? [],
    excludeTags: options.excludeTags ?? [],
    labels: options.labels ?? {},
  };
}
