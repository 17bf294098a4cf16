import type { OptionKey, OptionSource } from '../table/option-values.ts';

/** What one place says about one option. */
export interface GivenOption {
  /** How messages name it there: `--users`, `KATYDID_USERS`, `katydid.config.json: users`. */
  readonly label: string;
  /** At least one text, in their order. */
  readonly texts: readonly string[];
}

/** What one place (command line, environment, configuration file) says. */
export interface OptionLayer {
  readonly source: OptionSource;
  readonly given: ReadonlyMap<OptionKey, GivenOption>;
  /** What is wrong with the place itself, such as names that nobody knows. */
  readonly problems: readonly string[];
}
