import { COMMAND_TABLE } from '../table/command-table.ts';
import { optionsOf } from '../table/option-table.ts';
import type { CommandName, OptionKey, OptionSource, OptionValues } from '../table/option-values.ts';
import type { OptionLayer } from './option-layer.ts';

/** The options of one command, understood. */
export interface ResolvedOptions {
  /** The values of the command's options, defaults included; those with a problem are left at their default. */
  readonly values: { -readonly [K in OptionKey]?: OptionValues[K] };
  readonly sources: Map<OptionKey, OptionSource>;
  readonly problems: readonly string[];
}

/**
 * Puts the layers of one command together.
 *
 * @param layers - The strongest first. What a weaker one says about an option is not even looked at.
 */
export function resolveOptions(
  command: CommandName,
  layers: readonly OptionLayer[],
): ResolvedOptions {
  const values: Partial<Record<OptionKey, unknown>> = {};
  const sources = new Map<OptionKey, OptionSource>();
  const problems = layers.flatMap((layer) => layer.problems);
  const { defaults } = COMMAND_TABLE[command];
  // A demo is a run whose script is settled: what it does not offer is as a run has it by default.
  if (command === 'demo') {
    for (const { key, spec } of optionsOf('run')) values[key] = spec.fallback;
  }
  for (const { key, spec } of optionsOf(command)) {
    values[key] = defaults[key] ?? spec.fallback;
    sources.set(key, 'default');
    const layer = layers.find(({ given }) => given.has(key));
    const given = layer?.given.get(key);
    if (layer === undefined || given === undefined) continue;
    sources.set(key, layer.source);
    const parsed = spec.read(given.texts);
    if (parsed.ok) values[key] = parsed.value;
    else problems.push(`${given.label}: ${parsed.problem}`);
  }
  // The table's type ties each key to the type that its `read` gives.
  return { values: values as ResolvedOptions['values'], sources, problems };
}
