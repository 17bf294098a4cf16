import { describe, expect, it } from 'vitest';
import { SendFence } from '../../../../src/base/send-fence.ts';
import { Heartbeat } from '../../../../src/worker/link/heartbeat.ts';
import { Lease } from '../../../../src/worker/link/lease.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function beating(): {
  readonly clock: FakeClock;
  readonly heartbeat: Heartbeat;
  readonly beats: boolean[];
} {
  const clock = new FakeClock();
  const beats: boolean[] = [];
  const heartbeat = new Heartbeat(clock, new Lease(new SendFence(clock)), (isOnTime) =>
    beats.push(isOnTime),
  );
  heartbeat.start();
  return { clock, heartbeat, beats };
}

describe('Heartbeat', () => {
  it('beats at once and then once a second, until it is stopped', async () => {
    const { clock, heartbeat, beats } = beating();
    await clock.advance(3000);
    expect(beats).toEqual([true, true, true, true]);
    heartbeat.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  it('beats four times in the patience of a master that waits for 2 s', async () => {
    const { clock, heartbeat, beats } = beating();
    heartbeat.patienceMs = 2000;
    await clock.advance(1000);
    expect(beats).toHaveLength(2);
    await clock.advance(1000);
    expect(beats).toHaveLength(4);
    heartbeat.stop();
  });

  it.each([0, 1e-300, 1])('beats every 10 ms where the master says to wait %d ms', async (ms) => {
    const { clock, heartbeat, beats } = beating();
    await clock.advance(1000);
    heartbeat.patienceMs = ms;
    await clock.advance(1000);
    expect(beats).toHaveLength(3);
    await clock.advance(100);
    expect(beats).toHaveLength(13);
    heartbeat.stop();
  });

  it('says that a beat is late where the process stood still for 2 s', async () => {
    const { clock, heartbeat, beats } = beating();
    clock.block(2000);
    await clock.advance(1);
    expect(beats).toEqual([true, false]);
    heartbeat.stop();
  });
});
