/**
 * Calls `callback` after the event loop has turned once, network included: what had arrived by now has been
 * read by then. Waits for no time.
 */
export function afterNetworkTurn(callback: () => void): void {
  // The first is called before the network is looked at again, the second after.
  setImmediate(() => setImmediate(callback));
}
