import { describe, expect, it } from 'vitest';
import { messageOf } from '../../../src/base/errors.ts';
import { fieldOf, isError, textOf, UNREADABLE } from '../../../src/base/thrown.ts';
import { thrownMeaningOf } from '../../../src/script/events/thrown-meaning.ts';
import { traceOf } from '../../../src/script/trace/trace.ts';
import { NASTY_VALUES, ThrowingError } from '../../support/nasty-values.ts';

describe('what a script throws', () => {
  it.each(Object.entries(NASTY_VALUES))('is looked at without throwing: %s', (_, thrown) => {
    expect(typeof messageOf(thrown)).toBe('string');
    expect(typeof traceOf(thrown, 'Shopper.front')).toBe('string');
    expect(thrownMeaningOf(thrown)).toBe('exception');
    expect(typeof textOf(thrown, 'message')).toBe('string');
  });

  it('has the message of an error, its name without one, and the text of anything else', () => {
    expect(messageOf(new TypeError('no login'))).toBe('no login');
    expect(messageOf(Object.assign(new TypeError('x'), { message: '' }))).toBe('TypeError');
    expect(messageOf(17)).toBe('17');
    expect(messageOf(new ThrowingError())).toBe(UNREADABLE);
    expect(messageOf(Object.create(null))).toBe(UNREADABLE);
  });

  it('has no field where a getter throws or there is no object', () => {
    expect(fieldOf(new ThrowingError(), 'code')).toBeUndefined();
    expect(fieldOf(undefined, 'code')).toBeUndefined();
    expect(fieldOf(Object.assign(new Error('x'), { code: 'E' }), 'code')).toBe('E');
    expect(isError(new ThrowingError())).toBe(true);
    expect(isError('text')).toBe(false);
  });
});
