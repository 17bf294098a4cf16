/** Largest values that are accepted in an encoded interval; the recorder stays below all of them. */
export const INTERVAL_LIMITS: {
  readonly bytes: number;
  readonly methodBytes: number;
  readonly nameBytes: number;
  readonly errorBytes: number;
  readonly tracebackBytes: number;
  readonly names: number;
  readonly statuses: number;
  readonly errors: number;
  readonly exceptions: number;
  readonly second: number;
} = {
  bytes: 16 * 2 ** 20,
  methodBytes: 512,
  nameBytes: 2048,
  errorBytes: 4096,
  tracebackBytes: 32_768,
  names: 20_000,
  statuses: 1000,
  errors: 20_000,
  exceptions: 1000,
  second: 2 ** 31,
};

/** The format that is written. */
export const INTERVAL_VERSION = 3;

/**
 * The oldest format that is read. Only run files may have an older one: workers and master are of one
 * version.
 */
export const OLDEST_INTERVAL_VERSION = 1;
