import type { ExchangeName } from '../../measure/exchange-sink.ts';

let first: ExchangeName | undefined;

/** A request was still under way when the task ended that ran then: mostly a forgotten `await`. */
export function noteUnawaited(name: ExchangeName): void {
  first ??= name;
}

/** The first request of this process that nobody waited for; `undefined` where there was none. */
export function firstUnawaited(): ExchangeName | undefined {
  return first;
}
