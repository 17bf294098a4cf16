import { describe, expect, it } from 'vitest';
import { RefusalLog } from '../../../src/master/refusal-log.ts';
import { StrangerLimits } from '../../../src/master/stranger-limits.ts';
import { FakeClock } from '../../support/fake-clock.ts';

function failTimes(limits: StrangerLimits, address: string, times: number): number {
  let entered = 0;
  for (let attempt = 0; attempt < times; attempt += 1) {
    if (!limits.enter(address)) continue;
    entered += 1;
    limits.leave(address, true);
  }
  return entered;
}

describe('the limits of strangers', () => {
  it('let an address fail ten times in a second and listen to it again in the next', () => {
    const clock = new FakeClock();
    const limits = new StrangerLimits(clock);

    expect(failTimes(limits, '10.0.0.9', 50)).toBe(10);
    expect(limits.enter('10.0.0.8')).toBe(true);
    clock.block(999);
    expect(limits.enter('10.0.0.9')).toBe(false);
    clock.block(1);
    expect(failTimes(limits, '10.0.0.9', 50)).toBe(10);
  });

  it('count a /64 of IPv6 as one address, however it is written', () => {
    const limits = new StrangerLimits(new FakeClock());

    failTimes(limits, '2001:db8::1', 5);
    expect(failTimes(limits, '2001:db8:0:0:ffff::2', 50)).toBe(5);
    expect(limits.enter('2001:db8:0:1::1')).toBe(true);
    expect(limits.enter('::ffff:10.0.0.1')).toBe(true);
  });

  it('hold 256 connections of one address and 1,024 of all, and take more once some are gone', () => {
    const limits = new StrangerLimits(new FakeClock());
    const enter = (address: string, times: number): number =>
      Array.from({ length: times }, () => limits.enter(address)).filter(Boolean).length;

    expect(enter('10.0.0.1', 300)).toBe(256);
    for (const address of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) enter(address, 300);
    expect(limits.strangers).toBe(1024);
    expect(enter('10.0.0.5', 5)).toBe(0);
    limits.leave('10.0.0.1', false);
    expect(enter('10.0.0.5', 5)).toBe(1);
  });

  it('do not count those who were let in as failures', () => {
    const limits = new StrangerLimits(new FakeClock());

    for (let times = 0; times < 100; times += 1) {
      expect(limits.enter('10.0.0.1')).toBe(true);
      limits.leave('10.0.0.1', false);
    }
    expect(limits.strangers).toBe(0);
  });
});

describe('the log of refusals', () => {
  it('tells each address and reason once, 200 of them, and then that there are more', () => {
    const told: string[] = [];
    const log = new RefusalLog((peer, why) => told.push(`${peer} ${why}`));

    for (let round = 0; round < 3; round += 1) {
      for (let each = 0; each < 500; each += 1) log.tell(`10.0.0.${each}`, 'wrong');
    }

    expect(told).toHaveLength(201);
    expect(told[0]).toBe('10.0.0.0 wrong');
    expect(told.at(-1)).toContain('more than 200');
  });
});
