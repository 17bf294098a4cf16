import { expect, it } from 'vitest';
import { isSaturated, workersByTrouble } from '../../../../../src/ui/model/state/list-rows.ts';
import { snapshotOf } from '../../../../support/snapshots.ts';

const [worker] = snapshotOf({ workers: 1 }).workers.map((one) => ({ ...one, loop: 0.3 }));
if (worker === undefined) throw new TypeError('the sample has a worker');

it('puts the lost first, then the late, the saturated and the rejoined, then all in their order', () => {
  const workers = [
    { ...worker, id: 'w1', loop: 0.2 },
    { ...worker, id: 'w2', loop: 0.9 },
    { ...worker, id: 'w3', status: 'rejoined' as const },
    { ...worker, id: 'w4', loop: 0.97 },
    { ...worker, id: 'w5', status: 'late' as const },
    { ...worker, id: 'w6', status: 'lost' as const },
  ];

  expect(workersByTrouble(workers).map(({ id }) => id)).toEqual([
    'w6',
    'w5',
    'w4',
    'w3',
    'w1',
    'w2',
  ]);
});

it('takes no worker that is done or lost for saturated, whatever it told last', () => {
  expect(isSaturated({ ...worker, loop: 0.95 })).toBe(true);
  expect(isSaturated({ ...worker, loop: 1, status: 'done' })).toBe(false);
  expect(isSaturated({ ...worker, loop: 1, status: 'lost' })).toBe(false);
});
