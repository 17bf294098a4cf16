import { describe, expect, it } from 'vitest';
import { loadFileList, loadFileText } from '../../../../src/cli/loadfile/load-file-list.ts';
import { loadedScript } from '../../../support/loaded-script.ts';

const SHOP = `
import { HttpUser, SequentialTaskSet, tag, task, User } from 'katydid';
export class Shopper extends HttpUser {
  static host = 'http://shop.test';
  static weight = 3;
  @task(3) async front() {}
  @tag('write', 'slow') @task async buy() {}
  @tag('forum') @task(2) static Forum = class Forum extends SequentialTaskSet {
    @task async read() {}
    @tag('write') @task async post() {}
  };
}
export class Admin extends User {
  static fixedCount = 2;
  static tasks = ['look'];
  look() {}
}
`;

describe('loadFileList', () => {
  it('has classes, weights, hosts, nested tasks and tags', async () => {
    const list = loadFileList(await loadedScript(SHOP), 'shop.ts', undefined);

    expect(list).toEqual({
      schema: 'katydid.list/1',
      loadfile: 'shop.ts',
      tags: ['forum', 'slow', 'write'],
      classes: [
        {
          name: 'Admin',
          weight: 1,
          fixedCount: 2,
          host: null,
          tasks: [{ name: 'look', weight: 1, tags: [] }],
        },
        {
          name: 'Shopper',
          weight: 3,
          fixedCount: 0,
          host: 'http://shop.test',
          tasks: [
            { name: 'front', weight: 3, tags: [] },
            { name: 'buy', weight: 1, tags: ['write', 'slow'] },
            {
              name: 'Forum',
              weight: 2,
              tags: ['forum'],
              order: 'sequence',
              tasks: [
                { name: 'read', weight: 1, tags: ['forum'] },
                { name: 'post', weight: 1, tags: ['forum', 'write'] },
              ],
            },
          ],
        },
      ],
    });
  });

  it('shows --host in place of the classes own', async () => {
    const { classes } = loadFileList(await loadedScript(SHOP), 'shop.ts', 'http://other.test');

    expect(classes.map(({ host }) => host)).toEqual(['http://other.test', 'http://other.test']);
  });
});

describe('loadFileText', () => {
  it('indents tasks by their nesting, with aligned weights', async () => {
    const text = loadFileText(loadFileList(await loadedScript(SHOP), 'shop.ts', undefined));

    expect(text.split('\n')).toEqual([
      'shop.ts: 2 user classes, tags: forum, slow, write',
      '',
      'Admin  exactly 2 of them, host not known: give --host',
      '  look  1',
      '',
      'Shopper  weight 3, host http://shop.test',
      '  front   3',
      '  buy     1  tags: write, slow',
      '  Forum   2  task set, in order; tags: forum',
      '    read  1  tags: forum',
      '    post  1  tags: forum, write',
    ]);
  });
});
