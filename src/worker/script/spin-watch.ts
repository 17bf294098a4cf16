/** More tasks than this in a second, and most of them without a request, wait for nothing at all. */
const SPINNING_ITERATIONS = 20_000;
const SPINNING_ITERATIONS_A_REQUEST = 20;

/** Finds tasks that end without having waited for anything: they keep a core busy and send nothing. */
export class SpinWatch {
  #seenIterations = 0;
  #seenRequests = 0;
  #hasWarned = false;

  /**
   * Looks at what was done since the last call, about a second ago.
   *
   * @param iterations - Number of all iterations so far that ended without a wait.
   * @param requests - Number of all requests so far that ended.
   * @returns What to say, the first time that tasks spin.
   */
  warningOf(iterations: number, requests: number): string | undefined {
    const newIterations = iterations - this.#seenIterations;
    const newRequests = requests - this.#seenRequests;
    this.#seenIterations = iterations;
    this.#seenRequests = requests;
    const isSpinning =
      newIterations > SPINNING_ITERATIONS &&
      newIterations > newRequests * SPINNING_ITERATIONS_A_REQUEST;
    if (!isSpinning || this.#hasWarned) return undefined;
    this.#hasWarned = true;
    return (
      `${newIterations.toLocaleString('en-US')} tasks ended within a second without waiting for anything: ` +
      'give the class a waitTime, or await what the task does'
    );
  }

  /** Requests are counted from 0 again. */
  resetRequests(): void {
    this.#seenRequests = 0;
  }
}
