import { describe, expect, it } from 'vitest';
import { MasterSilence } from '../../../../src/worker/link/silence.ts';

describe('MasterSilence', () => {
  it('counts from when the master was last heard', () => {
    const silence = new MasterSilence();
    silence.heard(2_000_000);
    expect(silence.lastsMs(3_500_000)).toBe(1500);
  });

  it('makes an orphan once, and again after the master was heard', () => {
    const silence = new MasterSilence();
    silence.heard(0);
    expect(silence.makesOrphan(19_999_000, 20_000)).toBe(false);
    expect(silence.makesOrphan(20_000_000, 20_000)).toBe(true);
    expect(silence.makesOrphan(21_000_000, 20_000)).toBe(false);
    silence.heard(22_000_000);
    expect(silence.makesOrphan(42_000_000, 20_000)).toBe(true);
  });
});
