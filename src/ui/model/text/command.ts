/** What the reader asks of the run, or of the program around the screen. */
export type UiCommand =
  /** Raises the target by so many users; a number below 0 lowers it. */
  | { readonly type: 'add-users'; readonly delta: number }
  | { readonly type: 'set-users'; readonly users: number }
  /** Users a second. */
  | { readonly type: 'set-spawn-rate'; readonly rate: number }
  /** Start with the workers that are there. */
  | { readonly type: 'start-now' }
  /** Stop gracefully. */
  | { readonly type: 'stop' }
  /** Ctrl-C: stop gracefully, as SIGINT stops a run without a screen. */
  | { readonly type: 'interrupt' }
  /** Cut what is still running. */
  | { readonly type: 'force-stop' }
  /** Start the statistics again. */
  | { readonly type: 'reset' }
  /** Stop the run if it still goes on, and close the screen. */
  | { readonly type: 'quit' }
  /** Keep the table as it is now, and print it as text at exit. */
  | { readonly type: 'print' };

/** The commands that concern the run and not only the screen. */
export type RunCommand = Exclude<UiCommand, { readonly type: 'print' }>;
