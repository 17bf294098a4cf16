import { describe, expect, it } from 'vitest';
import { guardExit } from '../../../../src/cli/process/guard-exit.ts';

describe('guardExit', () => {
  it('makes process.exit and process.abort throw what to do instead, and gives both back', () => {
    const { exit, abort } = process;
    const giveBack = guardExit();
    try {
      expect(() => process.exit(3)).toThrow('process.exit(3): a load file cannot end its process');
      expect(() => process.exit()).toThrow('process.exit(): a load file');
      expect(() => process.abort()).toThrow('process.abort(): a load file');
      expect(() => process.exit(0)).toThrow(
        expect.objectContaining({ hint: expect.stringContaining('environment.runner.quit()') }),
      );
    } finally {
      giveBack();
    }
    expect([process.exit, process.abort]).toEqual([exit, abort]);
  });
});
