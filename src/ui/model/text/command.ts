/** What the reader asks of the run, or of the program around the screen. */
export type UiCommand =
  /** More (or, below 0, fewer) users than the target of the moment. */
  | { readonly type: 'add-users'; readonly delta: number }
  | { readonly type: 'set-users'; readonly users: number }
  /** Users a second. */
  | { readonly type: 'set-spawn-rate'; readonly rate: number }
  /** Start with the workers that are there. */
  | { readonly type: 'start-now' }
  /** Stop gracefully. */
  | { readonly type: 'stop' }
  /** Ctrl-C: stop gracefully, as the signal would that it sends to a program without a screen. */
  | { readonly type: 'interrupt' }
  /** Cut what is still running. */
  | { readonly type: 'force-stop' }
  /** Start the statistics again. */
  | { readonly type: 'reset' }
  /** Stop where the run is still going, and close the screen. */
  | { readonly type: 'quit' }
  /** Write the table of the moment as text. */
  | { readonly type: 'print' };

/** The commands that concern the run and not only the screen. */
export type RunCommand = Exclude<UiCommand, { readonly type: 'print' }>;
