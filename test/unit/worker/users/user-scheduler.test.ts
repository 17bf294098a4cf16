import { describe, expect, it } from 'vitest';
import { SendFence } from '../../../../src/base/send-fence.ts';
import type { StartOrder, StopOrder } from '../../../../src/protocol/messages/master-messages.ts';
import { UserScheduler } from '../../../../src/worker/users/user-scheduler.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const start = (user: number, atMs: number, incarnation = 0): StartOrder => ({
  user,
  classIndex: 0,
  incarnation,
  atMs,
});
const stop = (user: number, atMs: number, incarnation = 0): StopOrder => ({
  user,
  incarnation,
  atMs,
});

function createScheduler(): { clock: FakeClock; scheduler: UserScheduler; done: string[] } {
  const clock = new FakeClock();
  const done: string[] = [];
  const originUs = clock.nowUs();
  const note = (what: string, user: number): void => {
    done.push(`${what} ${user} at ${Math.round((clock.nowUs() - originUs) / 1000)}`);
  };
  const scheduler = new UserScheduler(
    clock,
    {
      startUser: ({ user }) => note('start', user),
      stopUser: ({ user }) => note('stop', user),
    },
    new SendFence(clock),
  );
  return { clock, scheduler, done };
}

describe('UserScheduler', () => {
  it('carries orders out at their times since the run’s start, whatever their order of arrival', async () => {
    const { clock, scheduler, done } = createScheduler();
    scheduler.assign([start(2, 300), start(1, 100)], [stop(3, 200)]);
    scheduler.begin(clock.nowUs() + 1_000_000);
    expect(scheduler.waiting).toBe(2);
    await clock.advance(5000);
    expect(done).toEqual(['start 1 at 1100', 'stop 3 at 1200', 'start 2 at 1300']);
    expect(clock.pendingTimers).toBe(0);
  });

  it('does nothing before the run has a start', async () => {
    const { clock, scheduler, done } = createScheduler();
    scheduler.assign([start(1, 0)], []);
    await clock.advance(5000);
    expect(done).toEqual([]);
    expect(clock.pendingTimers).toBe(0);
  });

  it('lets a later order for the same user take the place of one that is pending', async () => {
    const { clock, scheduler, done } = createScheduler();
    scheduler.begin(clock.nowUs());
    scheduler.assign([start(1, 100), start(2, 100), start(3, 50)], []);
    scheduler.assign([start(2, 400)], [stop(1, 20)]);
    await clock.advance(1000);
    expect(done).toEqual(['stop 1 at 20', 'start 3 at 50', 'start 2 at 400']);
  });

  it('catches up at once with what came too late', async () => {
    const { clock, scheduler, done } = createScheduler();
    scheduler.begin(clock.nowUs());
    await clock.advance(500);
    scheduler.assign([start(1, 100), start(2, 499.9999)], []);
    await clock.advance(0);
    expect(done).toEqual(['start 1 at 500', 'start 2 at 500']);
  });

  it('keeps 1,000 starts a second on time although timers are late', async () => {
    const { clock, scheduler, done } = createScheduler();
    scheduler.begin(clock.nowUs());
    scheduler.assign(
      Array.from({ length: 1000 }, (_, user) => start(user, user)),
      [],
    );
    for (let block = 0; block < 100; block += 1) {
      clock.block(9);
      await clock.advance(1);
    }
    expect(done).toHaveLength(1000);
    expect(done.at(-1)).toBe('start 999 at 999');
  });

  it('forgets all orders when cleared', async () => {
    const { clock, scheduler, done } = createScheduler();
    scheduler.begin(clock.nowUs());
    scheduler.assign([start(1, 100)], []);
    scheduler.clear();
    expect(clock.pendingTimers).toBe(0);
    scheduler.begin(clock.nowUs());
    await clock.advance(1000);
    expect(done).toEqual([]);
  });
});
