import { describe, expect, it } from 'vitest';
import { locustVariableLines } from '../../../../src/cli/outputs/locust-variables.ts';

describe('locustVariableLines', () => {
  it('names each variable of Locust that katydid has an option for, and what to write', () => {
    const env = { LOCUST_USERS: '5', LOCUST_SPAWN_RATE: '2', LOCUST_HOST: '', LOCUST_OF_MINE: '1' };

    expect(locustVariableLines(env)).toEqual([
      'LOCUST_SPAWN_RATE is set and means nothing to katydid: write KATYDID_SPAWN_RATE',
      'LOCUST_USERS is set and means nothing to katydid: write KATYDID_USERS',
    ]);
  });

  it('says nothing without any', () => {
    expect(locustVariableLines({ PATH: '/bin', KATYDID_USERS: '5' })).toEqual([]);
  });
});
