/**
 * Where a worker stands, as the master sees it.
 *
 * | state | on | next |
 * | --- | --- | --- |
 * | joining | `ready` | ready |
 * | joining, ready | `leaving` | leaving |
 * | joining, ready, leaving | `drained`, and everything is stored | drained |
 * | restored, joining, ready, leaving | silent for the lease, process gone, given up | lost |
 * | restored, joining, ready, leaving, drained | `finished` is sent | done |
 * | restored, joining, drained, done, lost | `hello`: the next epoch begins | joining |
 * | restored, joining | `hello` with a lease that only an earlier master process knew | restored |
 * | restored | `holding` | joining |
 *
 * Anything else changes nothing. A worker that is ready or leaving and says `hello` without its lease
 * is lost first, since the users of that lease are gone.
 */
export type MemberState =
  /** Known from the run file alone: what the worker holds is still to be told. */
  'restored' | 'joining' | 'ready' | 'leaving' | 'drained' | 'done' | 'lost';

/** What can happen to a worker; the table of `MemberState` has them in the same order. */
export type MemberEvent =
  | 'ready'
  | 'leave'
  | 'drain'
  | 'lose'
  | 'finish'
  | 'begin'
  | 'recall'
  | 'take-up';

const TRANSITIONS: Readonly<
  Record<MemberEvent, { readonly from: readonly MemberState[]; readonly to: MemberState }>
> = {
  ready: { from: ['joining'], to: 'ready' },
  leave: { from: ['joining', 'ready'], to: 'leaving' },
  drain: { from: ['joining', 'ready', 'leaving'], to: 'drained' },
  lose: { from: ['restored', 'joining', 'ready', 'leaving'], to: 'lost' },
  finish: { from: ['restored', 'joining', 'ready', 'leaving', 'drained'], to: 'done' },
  begin: { from: ['restored', 'joining', 'drained', 'done', 'lost'], to: 'joining' },
  recall: { from: ['restored', 'joining'], to: 'restored' },
  'take-up': { from: ['restored'], to: 'joining' },
};

/** The state after an event; `undefined` where the event means nothing in this state. */
export function nextMemberState(state: MemberState, event: MemberEvent): MemberState | undefined {
  const { from, to } = TRANSITIONS[event];
  return from.includes(state) ? to : undefined;
}
