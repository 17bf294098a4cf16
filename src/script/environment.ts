/** The run, as a script may steer it. */
export interface EnvironmentRunner {
  /** Ends the whole run gracefully; the reason it is given is `script`. */
  quit(): void;
}

/** What a script may know of the run it is part of: `this.environment` in users and task sets. */
export interface Environment {
  /** Which kind of process this is. Users run on workers. */
  readonly role: 'master' | 'worker';
  /** Number of this worker, 0-based; -1 on the master. */
  readonly workerIndex: number;
  /** Workers in the run when it started. */
  readonly workerCount: number;
  /** Base URL given by `--host`; empty where each class has its own. */
  readonly host: string;
  /** The run's options as parsed, by their camelCase names. */
  readonly options: Readonly<Record<string, unknown>>;
  readonly runner: EnvironmentRunner;
}
