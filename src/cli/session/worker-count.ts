import { availableParallelism } from 'node:os';

/** How many local workers `--workers` asks for; `auto` is the number of cores. */
export function workerCount(workers: number | 'auto'): number {
  return workers === 'auto' ? availableParallelism() : workers;
}
