import { describe, expect, it } from 'vitest';
import { waitForScript } from '../../../../src/script/host/wait-for-script.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

const NEVER = new Promise<void>(() => undefined);

describe('waitForScript', () => {
  it('warns after 10 s, and gives up after 600 s with what it waited for', async () => {
    const clock = new FakeClock();
    const warnings: string[] = [];
    const warn = (text: string): void => void warnings.push(text);
    const waiting = waitForScript('teardown()', () => NEVER, { clock, warn, abandoned: NEVER });
    const settled = expect(waiting).rejects.toThrow('teardown() did not end within 600 s');
    await clock.advance(9_999);
    expect(warnings).toEqual([]);
    await clock.advance(1);
    expect(warnings).toEqual(['teardown() has taken 10 s: it is waited for, 600 s at most']);
    await clock.advance(590_000);
    await settled;
  });

  it('leaves no timer behind, whether the script ends well, throws or is abandoned', async () => {
    const clock = new FakeClock();
    const waiting = { clock, warn: () => undefined, abandoned: NEVER };
    await waitForScript('teardown()', () => Promise.resolve(), waiting);
    await expect(
      waitForScript('teardown()', () => Promise.reject(new TypeError('broken')), waiting),
    ).rejects.toThrow('broken');
    const abandoned = Promise.resolve();
    await waitForScript('teardown()', () => NEVER, { ...waiting, abandoned });
    expect(clock.pendingTimers).toBe(0);
  });
});
