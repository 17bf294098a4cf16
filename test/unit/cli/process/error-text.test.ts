import { describe, expect, it } from 'vitest';
import { ScriptError } from '../../../../src/base/errors.ts';
import { errorText } from '../../../../src/cli/process/error-text.ts';

describe('errorText', () => {
  it('shows the message and, on a line of its own, what to do', () => {
    const error = new ScriptError('no class\n    ^', { hint: 'Export one.' });
    expect(errorText(error)).toBe('katydid: no class\n    ^\n  Export one.\n');
  });

  it('lets nothing that a script put into its error steer the terminal, nor fill it', () => {
    const text = errorText(new ScriptError(`\u001b[2J\u009b31m\u202e${'x'.repeat(1e6)}`));
    expect(text).toMatch(/^katydid: \?\[2J\?31m\?xxx/);
    expect(text.length).toBeLessThan(8100);
  });
});
