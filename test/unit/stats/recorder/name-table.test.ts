import { describe, expect, it } from 'vitest';
import { NameTable } from '../../../../src/stats/recorder/name-table.ts';

const tableOf = (maxNames: number): NameTable<string[]> =>
  new NameTable((method, name) => [method, name], maxNames);

describe('NameTable', () => {
  it('gives the same entry for the same method and name only', () => {
    const table = tableOf(10);

    expect(table.get('GET', '/a')).toBe(table.get('GET', '/a'));
    expect(table.get('a b', 'c')).not.toBe(table.get('a', 'b c'));
    expect(table.entries).toEqual([
      ['GET', '/a'],
      ['a b', 'c'],
      ['a', 'b c'],
    ]);
  });

  it('takes an overflow of another table as its own, without counting it as a name', () => {
    const table = tableOf(1);
    const overflow = table.get('*', '(other names)');

    expect(table.get('GET', '/a')).toEqual(['GET', '/a']);
    expect(table.get('GET', '/b')).toBe(overflow);
    expect(table.get('*', '(other names)')).toBe(overflow);
    expect(table.foldedNames).toBe(1);
  });

  it('tells at most 10,000 folded names apart', () => {
    const table = tableOf(1);
    for (let name = 0; name < 10_100; name += 1) table.get('GET', `/${name}`);

    expect(table.foldedNames).toBe(10_000);
    expect(table.entries).toHaveLength(2);
  });
});
