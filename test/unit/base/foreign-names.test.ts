import { describe, expect, it } from 'vitest';
import {
  refuseForeignNames,
  refuseUntilSet,
  snakeCaseNames,
} from '../../../src/base/foreign-names.ts';

class Answer {}
refuseForeignNames(Answer.prototype, 'the answer', { status_code: 'answer.status' });
refuseUntilSet(Answer.prototype, 'an answer', { client: '`this.client`' });

describe('foreign names', () => {
  it('throw where they are read or set, and say what to write', () => {
    const message = 'the answer has no status_code in katydid: write answer.status';

    expect(() => Reflect.get(new Answer(), 'status_code')).toThrow(message);
    expect(() => Reflect.set(new Answer(), 'status_code', 200)).toThrow(message);
  });

  it('may be the own names of a script, and throw until it has set them', () => {
    const answer = new Answer();
    const other = new Answer();

    Reflect.set(answer, 'client', 7);

    expect(answer).toEqual({ client: 7 });
    expect(() => Reflect.get(other, 'client')).toThrow('an answer has no client in katydid');
  });

  it('are made of camelCase, except where both are one word', () => {
    expect(snakeCaseNames('this', ['baseUrl', 'close'])).toEqual({ base_url: 'this.baseUrl' });
  });
});
