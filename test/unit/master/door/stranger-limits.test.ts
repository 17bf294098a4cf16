import { describe, expect, it } from 'vitest';
import { RefusalLog } from '../../../../src/master/door/refusal-log.ts';
import { StrangerLimits } from '../../../../src/master/door/stranger-limits.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const ignore = (): void => undefined;

/** @param draw - What every lot is: 0 wins always, 0.999 hardly ever. */
function limitsWith(clock: FakeClock, draw = 0.999): StrangerLimits {
  return new StrangerLimits(clock, () => draw);
}

/** @returns How many of the attempts were listened to. */
function failTimes(limits: StrangerLimits, address: string, times: number): number {
  let admitted = 0;
  for (let attempt = 0; attempt < times; attempt += 1) {
    const visit = limits.enter(address, ignore);
    if (limits.admits(visit)) admitted += 1;
    limits.leave(visit, 'failed');
  }
  return admitted;
}

function prove(limits: StrangerLimits, address: string): void {
  limits.leave(limits.enter(address, ignore), 'proven');
}

function isAdmitted(limits: StrangerLimits, address: string): boolean {
  const visit = limits.enter(address, ignore);
  const admitted = limits.admits(visit);
  limits.leave(visit, 'harmless');
  return admitted;
}

describe('the limits of strangers', () => {
  it('listen to ten failed attempts of an address in a second, and leave the others to chance', () => {
    const clock = new FakeClock();
    const limits = limitsWith(clock);

    expect(failTimes(limits, '10.0.0.9', 50)).toBe(10);
    expect(isAdmitted(limits, '10.0.0.8')).toBe(true);
    clock.block(1000);
    // What happened in the second before counts still.
    expect(isAdmitted(limits, '10.0.0.9')).toBe(false);
    clock.block(1000);
    expect(failTimes(limits, '10.0.0.9', 50)).toBe(10);
    expect(failTimes(limitsWith(clock, 0), '10.0.0.9', 50)).toBe(50);
  });

  it('draw about as many lots as are listened to, however many come', () => {
    let state = 1;
    const random = (): number => {
      state = (state * 48_271) % 2_147_483_647;
      return state / 2_147_483_647;
    };
    const clock = new FakeClock();
    const limits = new StrangerLimits(clock, random);
    prove(limits, '10.0.0.9');
    failTimes(limits, '10.0.0.9', 2000);
    clock.block(1000);

    const admitted = failTimes(limits, '10.0.0.9', 2000);

    expect(admitted).toBeGreaterThan(140);
    expect(admitted).toBeLessThan(260);
  });

  it('listen to 200 where somebody has proven himself, and so to whoever comes back from there', () => {
    const limits = limitsWith(new FakeClock());
    prove(limits, '10.0.0.9');

    expect(failTimes(limits, '10.0.0.9', 150)).toBe(150);
    expect(isAdmitted(limits, '10.0.0.9')).toBe(true);
    expect(failTimes(limits, '10.0.0.9', 150)).toBe(50);
  });

  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.1'])(
    'listen to all of this machine, which can take the processor anyhow: %s',
    (address) => {
      expect(failTimes(limitsWith(new FakeClock()), address, 300)).toBe(300);
    },
  );

  it('listen to 300 of all addresses where nobody has, which does not touch the others', () => {
    const limits = limitsWith(new FakeClock());
    prove(limits, '10.0.0.9');

    for (let each = 0; each < 300; each += 1) failTimes(limits, `10.1.${each}.1`, 1);

    expect(isAdmitted(limits, '10.2.0.1')).toBe(false);
    expect(isAdmitted(limits, '10.0.0.9')).toBe(true);
  });

  it('count a /64 of IPv6 as one address, however it is written', () => {
    const limits = limitsWith(new FakeClock());

    failTimes(limits, '2001:db8::1', 5);
    expect(failTimes(limits, '2001:db8:0:0:ffff::2', 50)).toBe(5);
    expect(isAdmitted(limits, '2001:db8:0:1::1')).toBe(true);
    expect(isAdmitted(limits, '::ffff:10.0.0.1')).toBe(true);
  });

  it('hold 256 connections of one address and 1,024 of all: newcomers take the oldest ones’ places', () => {
    const limits = limitsWith(new FakeClock());
    const evicted: string[] = [];
    const enter = (address: string, times: number): void => {
      for (let each = 0; each < times; each += 1) {
        limits.enter(address, () => evicted.push(`${address} ${each}`));
      }
    };

    enter('10.0.0.1', 258);
    expect(evicted).toEqual(['10.0.0.1 0', '10.0.0.1 1']);
    for (const address of ['10.0.0.2', '10.0.0.3', '10.0.0.4']) enter(address, 256);
    expect(limits.strangers).toBe(1024);
    enter('10.0.0.5', 1);
    expect(limits.strangers).toBe(1024);
    expect(evicted).toEqual(['10.0.0.1 0', '10.0.0.1 1', '10.0.0.1 2']);
  });

  it('excuse 10 health checks of an address in a second, and count the others as failures', () => {
    const limits = limitsWith(new FakeClock());
    const check = (): void =>
      limits.leave(
        limits.enter('10.0.0.1', () => undefined),
        'health check',
      );

    for (let times = 0; times < 19; times += 1) check();
    // Nine failures: one more is listened to.
    expect(isAdmitted(limits, '10.0.0.1')).toBe(true);
    for (let times = 0; times < 200; times += 1) check();

    expect(isAdmitted(limits, '10.0.0.1')).toBe(false);
    expect(isAdmitted(limits, '10.0.0.2')).toBe(true);
  });

  it('do not count those who were let in as failures', () => {
    const limits = limitsWith(new FakeClock());

    for (let times = 0; times < 300; times += 1) prove(limits, '10.0.0.1');

    expect(isAdmitted(limits, '10.0.0.1')).toBe(true);
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

  it('tells no more than 8 reasons of one address, so that it hides nothing of others', () => {
    const told: string[] = [];
    const log = new RefusalLog((peer, why) => told.push(`${peer} ${why}`));

    for (let each = 0; each < 500; each += 1) log.tell('10.0.0.1', `made up ${each}`);
    log.tell('10.0.0.2', 'wrong');

    expect(told).toHaveLength(10);
    expect(told.at(-2)).toBe('10.0.0.1 more reasons than 8, and no more are told');
    expect(told.at(-1)).toBe('10.0.0.2 wrong');
  });
});
