import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MinHeap } from '../../../src/base/min-heap.ts';

describe('MinHeap', () => {
  it('gives the smallest item at any moment, as a sorted list does', () => {
    const operation = fc.option(fc.integer({ min: -50, max: 50 }), { nil: 'pop' as const });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const heap = new MinHeap<number>((item) => item);
        let model: number[] = [];
        for (const each of operations) {
          if (each === 'pop') {
            expect(heap.pop()).toBe(model[0]);
            model = model.slice(1);
          } else {
            heap.push(each);
            model = [...model, each].sort((a, b) => a - b);
          }
          expect(heap.peek()).toBe(model[0]);
          expect(heap.size).toBe(model.length);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is empty after clear', () => {
    const heap = new MinHeap<number>((item) => item);
    for (const item of [3, 1, 2]) heap.push(item);
    heap.clear();
    expect([heap.size, heap.peek(), heap.pop()]).toEqual([0, undefined, undefined]);
  });
});
