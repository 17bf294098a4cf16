/**
 * Stops this process the way Ctrl-Z does, as a raw terminal does not do it by itself.
 *
 * @returns Resolves once the process was continued (`fg`).
 */
export function suspendProcess(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGCONT', () => resolve());
    process.kill(process.pid, 'SIGSTOP');
  });
}
