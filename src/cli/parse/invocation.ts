import type { UrlRequests } from '../../script/bundle/url-script.ts';
import type { DeclaredValues } from '../options/read/declared-options.ts';
import type { CtlAction } from '../options/table/ctl-action.ts';
import type {
  CommandName,
  CommandOptions,
  OptionKey,
  OptionSource,
} from '../options/table/option-values.ts';

/** Where the users come from. */
export type ScriptSource =
  /** An absolute path of a file that exists. */
  | { readonly kind: 'file'; readonly path: string }
  /** No load file: just these requests. */
  | { readonly kind: 'url'; readonly requests: UrlRequests };

/** Which users a run has. */
export interface ScriptChoice {
  readonly source: ScriptSource;
  /** Names as given, not checked against the load file; empty: all that it exports. */
  readonly userClasses: readonly string[];
  /** What is said about the load file's own options; absent where nothing is. */
  readonly declared?: DeclaredValues;
}

/** What the commands take besides options. */
interface CommandArguments {
  readonly run: { readonly script: ScriptChoice };
  /** `undefined` where a run is carried on. */
  readonly master: { readonly script: ScriptChoice | undefined };
  readonly worker: unknown;
  readonly plan: { readonly script: ScriptChoice };
  /** An absolute path; whether there is a run file is for the command to find out. */
  readonly report: { readonly runFile: string };
  readonly target: unknown;
  readonly demo: unknown;
  readonly ctl: { readonly action: CtlAction };
  /** The absolute path of the folder to write to. */
  readonly init: { readonly folder: string };
}

/** One command with everything that the person asked of it, checked. */
export type CommandInvocation<C extends CommandName> = {
  readonly command: C;
  readonly options: CommandOptions[C];
  /** Where each option's value came from. Options of other commands are absent. */
  readonly sources: ReadonlyMap<OptionKey, OptionSource>;
} & CommandArguments[C];

/** Everything that a command line can ask for. */
export type Invocation =
  | { [C in CommandName]: CommandInvocation<C> }[CommandName]
  /** `asked` is false where no command was given at all: the text is then an answer to a mistake. */
  | { readonly command: 'help'; readonly text: string; readonly asked: boolean }
  | { readonly command: 'version'; readonly text: string };
