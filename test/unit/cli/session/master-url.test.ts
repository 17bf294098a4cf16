import { describe, expect, it } from 'vitest';
import { joinCommandOf } from '../../../../src/cli/session/master-url.ts';

const PLACE = { bind: '10.0.0.5', port: 5557, tls: true };
const NO_TOKEN = { token: undefined, tokenFile: undefined };

describe('joinCommandOf', () => {
  it('leaves a place for a token that the master made', () => {
    expect(joinCommandOf(PLACE, NO_TOKEN)).toBe(
      'katydid worker wss://10.0.0.5:5557 --token <token>',
    );
  });

  it('names the file that has the token', () => {
    expect(joinCommandOf(PLACE, { ...NO_TOKEN, tokenFile: 'token' })).toBe(
      'katydid worker wss://10.0.0.5:5557 --token-file token',
    );
  });

  it('never repeats a secret that somebody chose', () => {
    const command = joinCommandOf(PLACE, { ...NO_TOKEN, token: 'a-secret-chosen-in-advance' });

    expect(command).toBe(
      'katydid worker wss://10.0.0.5:5557  # with the same KATYDID_TOKEN as here',
    );
  });
});
