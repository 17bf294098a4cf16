import type { Clock } from '../base/clock.ts';
import type { SendFence } from '../base/send-fence.ts';
import { CombinedEngine } from './combined-engine.ts';
import { SocketBudget } from './connection/socket-budget.ts';
import type { HttpEngine } from './exchange/engine.ts';
import { rawEngine } from './raw/raw-engine.ts';
import type { HttpOptions } from './user/http-options.ts';

/** How the engine is chosen: `auto` takes the raw one for all that it can do. */
export type EngineChoice = 'auto' | 'raw' | 'undici';

/**
 * Opens the engine for users with these options. undici is loaded only where it is needed: loading it takes
 * time and memory that most runs have no use for.
 *
 * @param options - Those of every class that takes part.
 * @param sockets - How many sockets all users may have. @default no limit
 * @param fence - Holds exchanges back while it is shut. @default always open
 */
export async function openEngine(
  choice: EngineChoice,
  clock: Clock,
  options: readonly HttpOptions[],
  sockets: SocketBudget = new SocketBudget(),
  fence?: SendFence,
): Promise<HttpEngine> {
  // Wrong options are refused later, when a session is made of them.
  const needsMore = options.some(
    ({ http2, proxy }) => http2 === true || (proxy !== undefined && proxy !== ''),
  );
  if (choice === 'raw' || (choice === 'auto' && !needsMore)) {
    return rawEngine(clock, sockets, fence);
  }
  const { undiciEngine } = await import('./undici/undici-engine.ts');
  const complete = undiciEngine(clock, sockets, fence);
  if (choice === 'undici') return complete;
  return new CombinedEngine(rawEngine(clock, sockets, fence), complete);
}
