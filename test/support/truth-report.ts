/** What the server saw of one user from one start to its end. */
export interface LifeOfUser {
  readonly id: string;
  /** Its number in the plan. */
  readonly user: number;
  /** From where it came. */
  readonly address: string;
  /** First request read and last answer given, by the server's clock in milliseconds. */
  readonly firstMs: number;
  lastMs: number;
  requests: number;
}

/** What a counting server in a process of its own has seen. */
export interface TruthReport {
  readonly url: string;
  /** The server's clock, in milliseconds. */
  readonly nowMs: number;
  readonly total: number;
  /** Requests read whole, by path. */
  readonly received: Readonly<Record<string, number>>;
  readonly lives: readonly LifeOfUser[];
}
