import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type ConfiguredSession,
  localTimeoutsOf,
  runInfoOf,
  runSettingsOf,
  workerConfigOf,
} from '../../../../src/cli/session/run-config.ts';
import type { RunIdentity } from '../../../../src/cli/session/run-identity.ts';
import { parsed } from '../../../support/command-lines.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

const IDENTITY: RunIdentity = {
  runId: 'run-1',
  createdAtEpochMs: 5,
  seed: 7,
  token: 'a-secret-chosen-in-advance',
  certificate: undefined,
  http: { engine: 'auto', defaults: {}, options: {} },
};

let folder: TempFolder;

beforeAll(() => {
  folder = new TempFolder();
  folder.write('loadfile.ts');
});
afterAll(() => folder.remove());

/** A session of `katydid run` with this command line. */
async function sessionOf(line: string, maxWaitSeconds?: number): Promise<ConfiguredSession> {
  const { options } = await parsed('run', line, folder.path);
  const classes = [
    { name: 'A', weight: 1, fixedCount: 0 },
    { name: 'B', weight: 2, fixedCount: 0 },
  ];
  return {
    options,
    expectedWorkers: 3,
    maxWaitSeconds,
    commandLine: ['run', line],
    script: { name: 'loadfile.ts', sha256: 'abc', classes, host: 'http://shop' },
  };
}

describe('runInfoOf', () => {
  it('says what was asked for, and null where no end was', async () => {
    const session = await sessionOf('-u 4 -r 2 --label build=9 --strict');

    expect(runInfoOf(session, IDENTITY)).toMatchObject({
      id: 'run-1',
      createdAtEpochMs: 5,
      startedAtEpochMs: null,
      host: 'http://shop',
      loadfile: 'loadfile.ts',
      scriptSha256: 'abc',
      users: 4,
      spawnRate: 2,
      workers: 3,
      seed: 7,
      labels: { build: '9' },
      runTimeSeconds: null,
      commandLine: ['run', '-u 4 -r 2 --label build=9 --strict'],
      strict: true,
    });
  });

  it('has the run time in seconds', async () => {
    expect(runInfoOf(await sessionOf('-t 2m'), IDENTITY).runTimeSeconds).toBe(120);
  });
});

describe('workerConfigOf', () => {
  it('tells workers of classes, times in milliseconds and the options that scripts see', async () => {
    const session = await sessionOf('-H http://other -s 4 -T quick -e A=1 --set A.weight=3');

    expect(workerConfigOf(session, IDENTITY, { users: 1 })).toMatchObject({
      runId: 'run-1',
      host: 'http://other',
      seed: 7,
      classes: ['A', 'B'],
      stopTimeoutMs: 4000,
      orphanTimeoutMs: 30_000,
      lostAfterMs: 15_000,
      tags: ['quick'],
      env: { A: '1' },
      settings: { 'A.weight': '3' },
      options: { users: 1 },
      workerCount: 3,
    });
  });

  it('leaves the host to the classes where none was given', async () => {
    expect(workerConfigOf(await sessionOf(''), IDENTITY, {}).host).toBe('');
  });
});

describe('runSettingsOf', () => {
  it('has no limits where none were given', async () => {
    const settings = runSettingsOf(await sessionOf(''), false);

    expect(settings.runTimeMs).toBeUndefined();
    expect(settings.maxWaitMs).toBeUndefined();
  });

  it('turns seconds into milliseconds', async () => {
    const session = await sessionOf('-t 90 --late-after 2 --lost-after 8 --worker-wait 5', 6);

    expect(runSettingsOf(session, false)).toMatchObject({
      runTimeMs: 90_000,
      maxWaitMs: 6000,
      lateAfterMs: 2000,
      lostAfterMs: 8000,
      workerWaitMs: 5000,
    });
  });

  it('leaves the end to a load shape that decides it', async () => {
    expect(runSettingsOf(await sessionOf('-t 90'), true).runTimeMs).toBeUndefined();
  });
});

describe('localTimeoutsOf', () => {
  it('lets a local worker look for its master no longer than its users go on', async () => {
    const { options } = await sessionOf('--orphan-timeout 4 --rejoin-timeout 90 --join-timeout 6');

    expect(localTimeoutsOf(options)).toEqual({
      joinSeconds: 6,
      orphanSeconds: 4,
      rejoinSeconds: 4,
    });
  });
});
