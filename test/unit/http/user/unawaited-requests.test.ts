import { describe, expect, it } from 'vitest';
import { firstUnawaited, noteUnawaited } from '../../../../src/http/user/unawaited-requests.ts';

describe('requests that nobody waited for', () => {
  it('keeps the first name', () => {
    expect(firstUnawaited()).toBeUndefined();

    noteUnawaited({ method: 'GET', name: '/a' });
    noteUnawaited({ method: 'GET', name: '/b' });

    expect(firstUnawaited()).toEqual({ method: 'GET', name: '/a' });
  });
});
