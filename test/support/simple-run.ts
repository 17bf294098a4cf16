import type { RunDescription } from '../../src/master/record/snapshot-builder.ts';

/** What the snapshots of a run say of it from its start to its end: one worker, no labels, no limit. */
export const SIMPLE_RUN: RunDescription = {
  runId: 'run',
  script: 'loadfile.ts',
  host: 'http://target.test',
  version: '0.0.0',
  limitMs: null,
  labels: {},
  joinCommand: '',
  workersExpected: 1,
};
