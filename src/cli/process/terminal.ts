/** Where a command writes to. */
export interface Terminal {
  /** Standard output: what was asked for. */
  out(text: string): void;
  /** Standard error: logs and progress. */
  err(text: string): void;
}
