import { z } from 'zod';
import type { HistoryRows, RunUpdate } from '../../stats/snapshot/run-snapshot.ts';
import { parseWith } from './parse.ts';

/** What a terminal UI or `ctl` may ask of a running master. */
export type ControlCommand =
  /**
   * Changes the number of users by a difference, at `spawnRate` or, where that is absent, at the run's own
   * rate.
   */
  | { readonly type: 'add-users'; readonly delta: number; readonly spawnRate?: number }
  | { readonly type: 'set-users'; readonly users: number; readonly spawnRate?: number }
  | { readonly type: 'set-spawn-rate'; readonly spawnRate: number }
  /** Starts with the workers that are here, without waiting for more. */
  | { readonly type: 'start-now' }
  /** Stops gracefully. `by`: a signal or Ctrl-C asked for it, which the stop reason then says. */
  | { readonly type: 'stop'; readonly by?: 'signal' }
  /** Cuts what still runs and ends with what there is. */
  | { readonly type: 'force-stop' }
  /** Begins the statistics anew. */
  | { readonly type: 'reset' };

/** What an attached client sends. */
export interface ControlRequest {
  readonly id: number;
  readonly command: ControlCommand;
}

/** What the master sends to an attached client. */
export type ControlFrame =
  | { readonly type: 'snapshot'; readonly snapshot: RunUpdate }
  /** Seconds of the history from before the client came, or that it has missed. */
  | { readonly type: 'history'; readonly rows: HistoryRows }
  | {
      readonly type: 'result';
      readonly id: number;
      readonly ok: boolean;
      readonly message: string;
    };

const rate = z.number().positive().max(1_000_000);

const request: z.ZodType<ControlRequest> = z.strictObject({
  id: z.int().min(0),
  command: z.discriminatedUnion('type', [
    z.strictObject({
      type: z.literal('add-users'),
      delta: z.int().min(-1_000_000).max(1_000_000),
      spawnRate: rate.exactOptional(),
    }),
    z.strictObject({
      type: z.literal('set-users'),
      users: z.int().min(0).max(1_000_000),
      spawnRate: rate.exactOptional(),
    }),
    z.strictObject({ type: z.literal('set-spawn-rate'), spawnRate: rate }),
    z.strictObject({ type: z.literal('start-now') }),
    z.strictObject({ type: z.literal('stop'), by: z.literal('signal').exactOptional() }),
    z.strictObject({ type: z.literal('force-stop') }),
    z.strictObject({ type: z.literal('reset') }),
  ]),
});

/**
 * Reads a request of a control client.
 *
 * @throws {ProtocolError} Where it is anything but a `ControlRequest`.
 */
export function parseControlRequest(text: string): ControlRequest {
  return parseWith(request, text, 'a control client');
}
