import { beforeAll, describe, expect, it } from 'vitest';
import { applyTags } from '../../../../src/script/model/apply-tags.ts';
import { type ScriptModel, selectClasses } from '../../../../src/script/model/script-model.ts';
import { loadedScript } from '../../../support/loaded-script.ts';

let model: ScriptModel;

beforeAll(async () => {
  model = await loadedScript(`
    import { MarkovTaskSet, TaskSet, User, tag, task, transition } from 'katydid';
    @tag('forum') class Forum extends TaskSet<User> {
      @task @tag('read') list() {}
      @task @tag('write') post() {}
      @task other() {}
    }
    export class Shopper extends User {
      @task untagged() {}
      @tag('read', 'fast') @task front() {}
      @task @tag('write') buy() {}
      @task static Forum = Forum;
    }
    export class Admin extends User {
      static tags = ['admin'];
      @task report() {}
      @tag('write') @task purge() {}
    }
    export class Walker extends User {
      @task static Walk = class extends MarkovTaskSet<User> {
        @tag('walk') @transition('b') a() {}
        @tag('walk') @transition('a') @transition('c') b() {}
        @tag('run') @transition('a') c() {}
      };
    }
  `);
});

const namesOf = ({ classes }: ScriptModel) =>
  Object.fromEntries(classes.map((each) => [each.name, each.taskNames]));

describe('applyTags', () => {
  it('runs only tasks that have an included tag, by themselves or by what they are nested in', () => {
    expect(namesOf(applyTags(model, ['read'], []))).toEqual({ Shopper: ['front', 'Forum.list'] });
    expect(namesOf(applyTags(model, ['forum', 'admin'], []))).toEqual({
      Admin: ['report', 'purge'],
      Shopper: ['Forum.list', 'Forum.post', 'Forum.other'],
    });
  });

  it('leaves out excluded tasks, and exclusion wins', () => {
    expect(namesOf(applyTags(model, ['read', 'write'], ['fast', 'admin']))).toEqual({
      Shopper: ['buy', 'Forum.list', 'Forum.post'],
    });
    expect(namesOf(applyTags(model, [], ['write', 'walk', 'run']))).toEqual({
      Admin: ['report'],
      Shopper: ['untagged', 'front', 'Forum.list', 'Forum.other'],
    });
  });

  it('takes transitions to excluded tasks away', () => {
    const walker = applyTags(model, ['walk'], []).classes[0];
    const walk = walker?.plan.tasks[0];
    const inner = walk?.kind === 'set' ? walk.plan.tasks : [];

    expect(inner.map((task) => [task.name, ...task.transitions.keys()])).toEqual([
      ['a', 'b'],
      ['b', 'a'],
    ]);
  });

  it('refuses a tag that no task has, and tags that leave nothing', () => {
    expect(() => applyTags(model, ['raed'], [])).toThrow(
      "no task has the tag 'raed'; there are admin, fast, forum, read, run, walk, write",
    );
    expect(() => applyTags(model, ['read'], ['read'])).toThrow('the tags leave no task to run');
  });

  it('changes nothing without tags', () => {
    expect(applyTags(model, [], [])).toBe(model);
  });
});

describe('selectClasses', () => {
  it('leaves only the named classes, all without names', () => {
    expect(selectClasses(model, []).classes).toHaveLength(3);
    expect(selectClasses(model, ['Walker', 'Admin']).classes.map((each) => each.name)).toEqual([
      'Admin',
      'Walker',
    ]);
  });

  it('names the nearest class for an unknown one', () => {
    expect(() => selectClasses(model, ['Shoper'])).toThrow(
      expect.objectContaining({
        code: 'KAT_USAGE',
        message: 'the load file has no user class Shoper; it has Admin, Shopper, Walker',
        hint: 'Did you mean Shopper?',
      }),
    );
  });
});
