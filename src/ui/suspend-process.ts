/**
 * Stops this process as Ctrl-Z would: a terminal in raw mode does not do that by itself.
 *
 * @returns Resolves once the process was continued (`fg`).
 */
export function suspendProcess(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGCONT', () => resolve());
    process.kill(process.pid, 'SIGSTOP');
  });
}
