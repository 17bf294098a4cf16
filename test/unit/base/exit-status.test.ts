import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KatydidError, ScriptError } from '../../../src/base/errors.ts';
import {
  EXIT_STATUS,
  type ExitKind,
  exitStatusOf,
  exitStatusOfError,
  isByResults,
} from '../../../src/base/exit-status.ts';

const KINDS = Object.keys(EXIT_STATUS) as ExitKind[];
/** As the contract says it: 130 and 2 before all, then 5, then 4, then 3, then 1. */
const ORDER = [130, 2, 5, 4, 3, 1, 0];

describe('exitStatusOf', () => {
  it('gives the status that comes first, in whatever order things happened', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...KINDS), { minLength: 1 }), (kinds) => {
        const { status } = exitStatusOf(kinds.map((kind) => ({ kind, meaning: kind })));

        expect(ORDER.indexOf(status)).toBe(
          Math.min(...kinds.map((kind) => ORDER.indexOf(EXIT_STATUS[kind]))),
        );
      }),
    );
  });

  it('takes --exit-code-on-error in place of 1 alone, and keeps the meaning', () => {
    const failures = { kind: 'failures', meaning: 'some requests failed' } as const;

    expect(exitStatusOf([failures], 0)).toEqual({ ...failures, status: 0 });
    expect(exitStatusOf([failures, { kind: 'notValid', meaning: 'x' }], 0).status).toBe(4);
    expect(exitStatusOf([]).status).toBe(0);
  });

  it('lets a script ask for another status where the results gave it, and nowhere else', () => {
    const byResults = KINDS.filter((kind) => isByResults({ kind, meaning: '' }));

    expect(byResults.map((kind) => EXIT_STATUS[kind])).toEqual([0, 1, 3]);
  });
});

describe('exitStatusOfError', () => {
  it('is 2 for what the user can mend, 5 for what kept the run from working', () => {
    expect(exitStatusOfError(new ScriptError('x'))).toBe(2);
    expect(exitStatusOfError(new KatydidError('KAT_RESOURCES', 'x'))).toBe(5);
  });
});
