import type { Clock } from '../../src/base/clock.ts';
import { systemClock } from '../../src/base/clock.ts';
import type { HttpEngine } from '../../src/http/exchange/engine.ts';
import { HttpSession } from '../../src/http/http-session.ts';
import { rawEngine } from '../../src/http/raw/raw-engine.ts';
import { undiciEngine } from '../../src/http/undici/undici-engine.ts';
import type { HttpOptions } from '../../src/http/user/http-options.ts';
import { RecordingSink } from './recording-sink.ts';
import { type WireAnswer, type WireRequest, WireServer } from './wire-server.ts';

/** The engines that must behave alike. */
export const ENGINES: readonly (readonly [string, (clock: Clock) => HttpEngine])[] = [
  ['raw', (clock) => rawEngine(clock)],
  ['undici', (clock) => undiciEngine(clock)],
];

/** A client, the server it talks to, and what it recorded. */
export interface Bench extends AsyncDisposable {
  readonly client: HttpSession;
  readonly sink: RecordingSink;
  readonly server: WireServer;
  readonly baseUrl: string;
  /** A further user of the same engine. */
  user(options?: HttpOptions, baseUrl?: string): HttpSession;
}

/** Starts a server that answers as told, and a client with its base URL. */
export async function openBench(
  makeEngine: (clock: Clock) => HttpEngine,
  answer: (request: WireRequest, server: WireServer) => WireAnswer,
  options: HttpOptions & { readonly tls?: boolean } = {},
): Promise<Bench> {
  const { tls = false, ...http } = options;
  const server = new WireServer(answer, tls);
  const baseUrl = `${tls ? 'https' : 'http'}://127.0.0.1:${await server.listen()}`;
  const sink = new RecordingSink();
  const engine = makeEngine(systemClock);
  const sessions: HttpSession[] = [];
  const user = (own: HttpOptions = http, base: string = baseUrl): HttpSession => {
    const parts = { sink, engine, clock: systemClock, baseUrl: base };
    const session = new HttpSession({ ...parts, options: own });
    sessions.push(session);
    return session;
  };
  return {
    client: user(),
    sink,
    server,
    baseUrl,
    user,
    async [Symbol.asyncDispose]() {
      for (const session of sessions) session.dispose();
      await server.close();
    },
  };
}
