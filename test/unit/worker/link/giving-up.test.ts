import { describe, expect, it } from 'vitest';
import { givingUp } from '../../../../src/worker/link/giving-up.ts';

describe('givingUp', () => {
  it('looks for a first master for the join timeout', () => {
    expect(givingUp(9999, 10_000, undefined, 'refused')).toBeUndefined();
    expect(givingUp(10_000, 10_000, undefined, 'refused')?.message).toBe(
      'no master answered within 10 s: refused',
    );
  });

  it('looks for a master that has let it in for the rejoin timeout', () => {
    expect(givingUp(59_999, 10_000, 60_000, 'refused')).toBeUndefined();
    expect(givingUp(60_400, 10_000, 60_000, 'refused')?.message).toBe(
      'the master has been gone for 60 s: refused',
    );
  });
});
