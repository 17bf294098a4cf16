import { describe, expect, it } from 'vitest';
import { SecondCounts } from '../../../../src/master/door/second-counts.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

describe('SecondCounts', () => {
  it('counts each key apart, in this second or the one before', () => {
    const clock = new FakeClock();
    const counts = new SecondCounts(clock);
    for (let times = 0; times < 3; times += 1) counts.add('a');
    expect([counts.of('a'), counts.of('b')]).toEqual([3, 0]);

    clock.block(1000);
    counts.add('a');
    expect(counts.of('a')).toBe(3);
    clock.block(1000);
    expect(counts.of('a')).toBe(1);
    clock.block(1000);
    expect(counts.of('a')).toBe(0);
  });

  it('forgets the key that was added longest ago beyond 10,000', () => {
    const counts = new SecondCounts(new FakeClock());
    for (let key = 0; key < 10_000; key += 1) counts.add(`${key}`);
    counts.add('0');
    counts.add('one more');

    expect([counts.of('0'), counts.of('1'), counts.of('2')]).toEqual([2, 0, 1]);
  });
});
