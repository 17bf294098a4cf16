import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { WORKER_NODE_OPTIONS } from '../../../../src/cli/session/worker-node-options.ts';

it('gives remote workers of a checkout the same options of Node as local ones', () => {
  const script = readFileSync(new URL('../../../../bin/katydid', import.meta.url), 'utf8');

  const [, options] = /!= worker \] \|\| options=(.*)$/m.exec(script) ?? [];

  expect(options).toBe(WORKER_NODE_OPTIONS.join(' '));
});
