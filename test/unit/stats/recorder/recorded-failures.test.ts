import { describe, expect, it } from 'vitest';
import {
  RecordedErrors,
  RecordedExceptions,
} from '../../../../src/stats/recorder/recorded-failures.ts';

describe('RecordedErrors', () => {
  it('keeps 500 errors of a name apart and counts the rest as one', () => {
    const errors = new RecordedErrors();
    const name = { method: 'GET', name: '/' };
    for (let kind = 0; kind < 510; kind += 1) errors.count(name, `error ${kind}`, kind);
    errors.count(name, 'error 3', 1000);

    const counts = errors.take(0);

    expect(counts).toHaveLength(501);
    expect(counts[3]).toMatchObject({ error: 'error 3', occurrences: 2, firstUs: 3, lastUs: 1000 });
    expect(counts[500]).toMatchObject({
      error: '(other errors)',
      occurrences: 10,
      firstUs: 500,
      lastUs: 509,
    });
  });

  it('keeps 2,000 errors of all names apart and counts the rest as one a name', () => {
    const errors = new RecordedErrors();
    for (let place = 0; place < 10; place += 1) {
      const name = { method: 'GET', name: `/${place}` };
      for (let kind = 0; kind < 400; kind += 1) errors.count(name, `error ${kind}`, 0);
    }

    const counts = errors.take(0);

    expect(counts).toHaveLength(2005);
    expect(counts.reduce((sum, { occurrences }) => sum + occurrences, 0)).toBe(4000);
  });

  it('cuts texts to 512 characters, never inside one that takes two', () => {
    const errors = new RecordedErrors();
    errors.count({ method: 'GET', name: '/' }, `${'x'.repeat(510)}👋👋`, 0);

    const text = errors.take(0)[0]?.error ?? '';

    expect(text).toHaveLength(512);
    expect(text.isWellFormed()).toBe(true);
    expect(text.endsWith('…')).toBe(true);
  });

  it('begins anew after each take', () => {
    const errors = new RecordedErrors();
    errors.count({ method: 'GET', name: '/' }, 'x', 0);

    expect(errors.take(0)).toHaveLength(1);
    expect(errors.take(0)).toEqual([]);
  });
});

describe('RecordedExceptions', () => {
  it('keeps 200 kinds apart and counts the rest as one', () => {
    const exceptions = new RecordedExceptions();
    for (let kind = 0; kind < 205; kind += 1) exceptions.count(`Error: ${kind}`, 'at x');

    const counts = exceptions.take();

    expect(counts).toHaveLength(201);
    expect(counts[200]).toEqual({
      message: '(other exceptions)',
      traceback: '',
      occurrences: 5,
    });
    expect(exceptions.take()).toEqual([]);
  });

  it('cuts a message to 1,000 and a traceback to 8,000 characters', () => {
    const exceptions = new RecordedExceptions();
    exceptions.count('x'.repeat(2000), 'y'.repeat(20_000));

    const [count] = exceptions.take();

    expect(count?.message).toHaveLength(1000);
    expect(count?.traceback).toHaveLength(8000);
  });
});
