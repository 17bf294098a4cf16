import { onTestFinished } from 'vitest';

/** Does something at the end of the test that runs, what was asked for last first. */
export function atEnd(tidyUp: () => unknown): void {
  onTestFinished(async () => {
    await tidyUp();
  });
}
