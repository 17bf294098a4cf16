import { systemClock } from '../../src/base/clock.ts';
import { type Hub, type HubOptions, openHub } from '../../src/master/door/hub.ts';
import type { Transport } from '../../src/protocol/channel/transport.ts';
import { createToken } from '../../src/protocol/join/token.ts';
import { atEnd } from './at-end.ts';

/** The token of every opened hub that is given no other. */
export const HUB_TOKEN: string = createToken();

/** A hub on a free port of this machine, and what it told its master. */
export interface OpenedHub {
  readonly hub: Hub;
  /** Why it refused somebody, in the order of refusals. */
  readonly refusals: readonly string[];
  /** Connections of workers that it let in. */
  readonly workers: readonly Transport[];
  /** Where workers find it, where it has no TLS. */
  readonly url: string;
}

/** Opens a hub, which the test that runs closes at its end. */
export async function openedHub(options: Partial<HubOptions> = {}): Promise<OpenedHub> {
  const refusals: string[] = [];
  const workers: Transport[] = [];
  const hub = await openHub({
    bind: '127.0.0.1',
    port: 0,
    token: HUB_TOKEN,
    clock: systemClock,
    onWorker: (transport) => workers.push(transport),
    onControl: () => undefined,
    isHealthy: () => true,
    onRefused: (_peer, why) => refusals.push(why),
    ...options,
  });
  atEnd(() => hub.close());
  return { hub, refusals, workers, url: `ws://127.0.0.1:${hub.port}` };
}
