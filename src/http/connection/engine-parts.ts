import type { Clock } from '../../base/clock.ts';
import { SendFence } from '../../base/send-fence.ts';
import { DeadlineSweep } from '../exchange/deadline-sweep.ts';
import { NameCache } from './name-cache.ts';
import type { SocketBudget } from './socket-budget.ts';
import { TlsContexts } from './tls-contexts.ts';

/** What all connections of one engine share. */
export interface EngineParts {
  readonly clock: Clock;
  /** Says whether anything may be sent at all. */
  readonly fence: SendFence;
  readonly sweep: DeadlineSweep;
  readonly tlsContexts: TlsContexts;
  /** Names that are looked up once for all users. */
  readonly names: NameCache;
  /** Makes the cache of a user that looks names up itself. */
  newNames(): NameCache;
  /** Numbers users, so that each connects from the next of several local addresses. */
  nextUser: number;
  /** Sockets that all users may have. */
  readonly sockets: SocketBudget;
  /** Origins that were seen to close right after an answer without having said so, by any user. */
  readonly closingUnasked: Set<string>;
}

/** The parts of a new engine. */
export function engineParts(
  clock: Clock,
  sockets: SocketBudget,
  fence: SendFence = new SendFence(clock),
): EngineParts {
  return {
    clock,
    fence,
    sweep: new DeadlineSweep(clock),
    tlsContexts: new TlsContexts(),
    names: new NameCache(),
    newNames: () => new NameCache(),
    nextUser: 0,
    sockets,
    closingUnasked: new Set(),
  };
}
