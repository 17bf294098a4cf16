import {
  type HeldUser,
  type HoldingState,
  MAX_HELD,
  type SpentUser,
  type WorkerMessage,
} from '../../protocol/messages/worker-messages.ts';

/** The messages in which a worker tells a master that was started again which users it has. */
export function holdingMessages(
  held: readonly HeldUser[],
  spent: readonly SpentUser[],
  state: HoldingState,
): readonly WorkerMessage[] {
  const messages: WorkerMessage[] = [];
  for (let from = 0; from < Math.max(held.length, spent.length); from += MAX_HELD) {
    const to = from + MAX_HELD;
    messages.push({
      type: 'holding',
      held: held.slice(from, to),
      spent: spent.slice(from, to),
    });
  }
  return [...messages, { type: 'holding', held: [], spent: [], state }];
}
