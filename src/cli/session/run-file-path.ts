import { join } from 'node:path';
import { RUNS_FOLDER } from '../outputs/check-outputs.ts';

/** Where a run is kept that was given no `--out`: `runs/<started>-<id>.katydid`. */
export function defaultRunFile(startedAtEpochMs: number, runId: string): string {
  const started = new Date(startedAtEpochMs).toISOString().replaceAll(/[-:]|\.\d+Z$/g, '');
  return join(RUNS_FOLDER, `${started}-${runId}.katydid`);
}
