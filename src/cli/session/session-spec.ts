import { VERSION } from '../../base/version.ts';
import type { RunKey } from '../../protocol/files/run-key.ts';
import type { Json } from '../../protocol/messages/master-messages.ts';
import type { RunScript } from '../loadfile/run-script.ts';
import type {
  MasterOptions,
  OptionKey,
  OptionSource,
  RunOptions,
} from '../options/table/option-values.ts';
import type { ParentUi } from '../process/parent-ui.ts';
import type { CrashedRun } from './resume-run.ts';
import type { RunIdentity } from './run-identity.ts';

/** A run that a command wants. */
export interface SessionSpec {
  readonly script: RunScript;
  readonly options: Omit<
    MasterOptions,
    'expectWorkers' | 'expectWorkersMaxWaitSeconds' | 'resumeFile'
  > &
    Partial<
      Pick<RunOptions, 'orphanTimeoutSeconds' | 'rejoinTimeoutSeconds' | 'joinTimeoutSeconds'>
    >;
  /** Local workers to start; 0: they join from elsewhere. */
  readonly localWorkers: number;
  readonly expectedWorkers: number;
  readonly maxWaitSeconds: number | undefined;
  /** Whether to take a free port where the one of `options` is taken. */
  readonly anyPort: boolean;
  /** Where the values of `options` came from. */
  readonly sources: ReadonlyMap<OptionKey, OptionSource>;
  /** The command line, secrets removed. */
  readonly commandLine: readonly string[];
  /** What was said of the load file besides its name, for another process that carries the run on. */
  readonly given: {
    readonly userClasses: readonly string[];
    readonly declared: Readonly<Record<string, Json>>;
  };
  /** The terminal UI that started this process; `undefined`: headless. */
  readonly ui: ParentUi | undefined;
  /** A run to carry on; `undefined`: a new one. */
  readonly crashed: CrashedRun | undefined;
}

/** What another process needs to carry the run on: of one that is carried on already, the same. */
export function sessionKey(spec: SessionSpec, identity: RunIdentity): RunKey {
  if (spec.crashed !== undefined) return spec.crashed.key;
  const { script, options, given, expectedWorkers, maxWaitSeconds } = spec;
  const { certificate } = identity;
  return {
    ...identity,
    ...given,
    certificate: certificate ?? null,
    katydid: VERSION,
    port: options.port,
    folder: process.cwd(),
    script: Buffer.from(script.bytes).toString('base64'),
    // Plain values all of them, but for those that are not given.
    options: JSON.parse(JSON.stringify(options)),
    expectedWorkers,
    maxWaitSeconds: maxWaitSeconds ?? null,
  };
}
