import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../../../src/base/errors.ts';
import { IntervalMarks } from '../../../../src/master/fleet/interval-marks.ts';

describe('IntervalMarks', () => {
  it('takes the intervals of each lease once and in order', () => {
    const marks = new IntervalMarks();
    expect([marks.isNext(1, 1), marks.isNext(2, 1)]).toEqual([true, true]);
    marks.receive(1, 1);

    expect([marks.isNext(1, 1), marks.isNext(1, 2), marks.isNext(2, 1)]).toEqual([
      false,
      true,
      true,
    ]);
    expect(() => marks.isNext(1, 3)).toThrow(ProtocolError);
    expect(() => marks.isNext(1, 3)).toThrow('interval 3 arrived after interval 1');
  });

  it('knows the newest that is stored of each lease, in whatever order it is told', () => {
    const marks = new IntervalMarks();
    marks.store(1, 5);
    marks.store(1, 3);

    expect([marks.stored(1), marks.stored(2), marks.received(1)]).toEqual([5, 0, 0]);
  });
});
