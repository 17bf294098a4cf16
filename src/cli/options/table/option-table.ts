import { HTTP_OPTION_TABLE } from './http-option-table.ts';
import { NETWORK_OPTION_TABLE } from './network-option-table.ts';
import type { OptionSpec, OptionTable } from './option-spec.ts';
import type { CommandName, OptionKey } from './option-values.ts';
import { OUTPUT_OPTION_TABLE } from './output-option-table.ts';
import { REQUEST_OPTION_TABLE } from './request-option-table.ts';
import { SCRIPT_OPTION_TABLE } from './script-option-table.ts';

/** Every option of this version, declared once: command line, environment, configuration file and help follow it. */
export const OPTION_TABLE: OptionTable = {
  ...SCRIPT_OPTION_TABLE,
  ...REQUEST_OPTION_TABLE,
  ...HTTP_OPTION_TABLE,
  ...OUTPUT_OPTION_TABLE,
  ...NETWORK_OPTION_TABLE,
};

/** An option with its name in the code. */
export interface KeyedOption {
  readonly key: OptionKey;
  readonly spec: OptionSpec;
}

/** All options, in the order of the table. */
export const ALL_OPTIONS: readonly KeyedOption[] = Object.entries(OPTION_TABLE).map(
  // The table's type says that its keys are option keys; Object.entries forgets it.
  ([key, spec]) => ({ key: key as OptionKey, spec }),
);

/** The options of one command, in the order of the table. */
export function optionsOf(command: CommandName): readonly KeyedOption[] {
  return ALL_OPTIONS.filter(({ spec }) => spec.commands.includes(command));
}

/** All long names of an option, its own first. */
export function longNamesOf(spec: OptionSpec): readonly string[] {
  return [spec.long, ...(spec.aliases ?? [])];
}

/** The options that may be set in the environment and in a configuration file, by long name. */
export const CONFIGURABLE_OPTIONS: ReadonlyMap<string, KeyedOption> = new Map(
  ALL_OPTIONS.filter(({ spec }) => spec.configurable !== false).flatMap((option) =>
    longNamesOf(option.spec).map((longName) => [longName, option] as const),
  ),
);
