import type { Clock } from '../base/clock.ts';
import type { DeadlineSweep } from './deadline-sweep.ts';
import type { TlsContexts } from './tls-contexts.ts';

/** What all connections of one engine share. */
export interface EngineParts {
  readonly clock: Clock;
  readonly sweep: DeadlineSweep;
  readonly tlsContexts: TlsContexts;
}
