import { describe, expect, it } from 'vitest';
import { TruthTable } from '../../../src/target/truth-table.ts';

describe('TruthTable', () => {
  it('counts requests when they come and statuses when they are answered', () => {
    const table = new TruthTable();

    table.received('/a').answered(200);
    table.received('/a').answered(503);
    table.received('/b');

    expect(table.truth()).toStrictEqual({
      total: 3,
      paths: {
        '/a': { requests: 2, statuses: { '200': 1, '503': 1 } },
        '/b': { requests: 1, statuses: {} },
      },
    });
  });

  it('puts what comes after 1,000 distinct paths together', () => {
    const table = new TruthTable();

    for (let index = 0; index < 1500; index += 1) table.received(`/${index}`).answered(404);
    table.received('/7').answered(404);

    const { total, paths } = table.truth();
    expect(total).toBe(1501);
    expect(Object.keys(paths)).toHaveLength(1001);
    expect(paths['(other)']).toStrictEqual({ requests: 500, statuses: { '404': 500 } });
    expect(paths['/7']?.requests).toBe(2);
  });

  it('begins at zero after a reset, late answers to earlier requests left out', () => {
    const table = new TruthTable();
    const early = table.received('/a');

    table.reset();
    early.answered(200);

    expect(table.truth()).toStrictEqual({ total: 0, paths: {} });
  });

  it('takes paths that are names of object members', () => {
    const table = new TruthTable();

    table.received('__proto__').answered(200);

    expect(Object.keys(table.truth().paths)).toStrictEqual(['__proto__']);
  });
});
