import { describe, expect, it } from 'vitest';
import { modelOf, type UserClassModel } from '../../../../src/script/model/script-model.ts';
import { wordOnUnawaited } from '../../../../src/script/run/unawaited-requests.ts';
import { traceOf } from '../../../../src/script/trace/trace.ts';
import type { TaskEntries } from '../../../../src/script/user/task-entry.ts';
import { User } from '../../../../src/script/user/user.ts';

/** A class that nothing was said of yet. */
function freshModel(): UserClassModel {
  class Shopper extends User {
    static override tasks: TaskEntries = [() => undefined];
  }
  const [model] = modelOf({ Shopper }, 'test.ts').classes;
  if (model === undefined) throw new Error('no class');
  return model;
}

const request = { method: 'GET', url: 'http://host.test/', caller: undefined };

describe('the word on a request that nobody awaited', () => {
  it('names task, request, place and remedy, once for each task', () => {
    const model = freshModel();
    const asked = { ...request, caller: new Error('asked here') };

    const word = wordOnUnawaited(model, 'Shopper.look', asked, false);

    expect(word?.message).toMatch(
      /^Shopper\.look ended while its request GET http:\/\/host\.test\/ /,
    );
    expect(word?.message).toContain('`await`');
    expect(word?.message).toContain('`background: true`');
    expect(traceOf(word)).toContain('unawaited-requests.test.ts:');
    expect(wordOnUnawaited(model, 'Shopper.look', asked, false)).toBeUndefined();
    expect(wordOnUnawaited(model, 'Shopper.buy', asked, false)).toBeDefined();
    expect(wordOnUnawaited(freshModel(), 'Shopper.look', asked, false)).toBeDefined();
  });

  it('waits for an iteration that tells the place, unless there is none', () => {
    const model = freshModel();
    expect(wordOnUnawaited(model, 'Shopper.look', request, false)).toBeUndefined();
    expect(wordOnUnawaited(model, 'Shopper.look', request, true)).toBeDefined();
    expect(wordOnUnawaited(model, 'Shopper.look', request, true)).toBeUndefined();
  });
});
