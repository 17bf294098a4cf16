import { expect, it } from 'vitest';
import { RunTime } from '../../../../src/master/record/run-time.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

it('counts from the start that was set, which may lie ahead, and stands at 0 before that', async () => {
  const clock = new FakeClock();
  const time = new RunTime(clock);
  await clock.advance(5000);
  expect([time.startUs, time.nowMs]).toEqual([undefined, 0]);

  const startUs = clock.nowUs() + 40_000;
  time.begin(startUs);
  expect([time.startUs, time.nowMs]).toEqual([startUs, -40]);
  await clock.advance(1000);
  expect(time.nowMs).toBe(960);
});
