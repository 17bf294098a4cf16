import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../../../../src/base/clock.ts';
import {
  awaitWorkerToken,
  masterToken,
  workerToken,
} from '../../../../src/cli/session/join-token.ts';
import { parseToken } from '../../../../src/protocol/join/token.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

const SECRET = 'a-secret-chosen-in-advance';
let folder: TempFolder;
let file: string;
let warnings: string[];

beforeEach(() => {
  folder = new TempFolder();
  file = folder.file('token');
  warnings = [];
});
afterEach(() => folder.remove());

const warn = (text: string): number => warnings.push(text);
const ofMaster = (given: { token?: string; tokenFile?: string }, hash?: string): string =>
  masterToken({ token: undefined, tokenFile: undefined, ...given }, hash, warn);
const written = (): string => readFileSync(file, 'utf8').trim();

describe('the token of a master', () => {
  it('names its certificate where there is TLS', () => {
    expect(parseToken(ofMaster({}, 'hash'))).toMatchObject({
      kind: 'pinned',
      certificateHash: 'hash',
    });
    expect(parseToken(ofMaster({}))).toMatchObject({ kind: 'no-tls' });
  });

  it('is written to a file that only its owner can read', () => {
    const token = ofMaster({ tokenFile: file }, 'hash');

    expect(written()).toBe(token);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(warnings).toEqual([]);
  });

  it('keeps the secret of a file of an earlier run and names the certificate of this one', () => {
    const first = parseToken(ofMaster({ tokenFile: file }, 'first'));
    const second = ofMaster({ tokenFile: file }, 'second');

    expect(parseToken(second)).toEqual({ ...first, certificateHash: 'second' });
    expect(written()).toBe(second);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('is the secret of a file that somebody else wrote, which stays as it is', () => {
    writeFileSync(file, `${SECRET}\n`, { mode: 0o600 });

    expect(ofMaster({ tokenFile: file }, 'hash')).toBe(SECRET);
    expect(readFileSync(file, 'utf8')).toBe(`${SECRET}\n`);
  });

  it.each([
    ['kd1.notls.abcdefghijklmnop', undefined],
    [SECRET, undefined],
    [SECRET, 'hash'],
  ])('may be given as %s with certificate %s', (token, hash) => {
    expect(ofMaster({ token }, hash)).toBe(token);
  });

  it.each([
    ['kd1.notls.abcdefghijklmnop', 'hash'],
    ['kd1.other.abcdefghijklmnop', 'hash'],
    ['kd1.other.abcdefghijklmnop', undefined],
  ])('cannot be given as %s with certificate %s', (token, hash) => {
    expect(() => ofMaster({ token }, hash)).toThrowError(
      expect.objectContaining({ code: 'KAT_USAGE', hint: expect.stringContaining('in advance') }),
    );
  });
});

describe('a token file', () => {
  it('that others may read is used, with a warning that names no secret', () => {
    writeFileSync(file, SECRET);
    chmodSync(file, 0o644);

    expect(workerToken({ token: undefined, tokenFile: file }, warn)).toBe(SECRET);
    expect(warnings).toEqual([expect.stringContaining('chmod 600')]);
    expect(warnings[0]).not.toContain(SECRET);
  });

  it('that is not there is the worker’s to complain about', () => {
    expect(() => workerToken({ token: undefined, tokenFile: file }, warn)).toThrowError(
      expect.objectContaining({ code: 'KAT_USAGE', message: expect.stringContaining(file) }),
    );
  });
});

describe('awaitWorkerToken', () => {
  it('waits for a file that the master has yet to write', async () => {
    const tokenFile = folder.file('later');
    const said: string[] = [];
    const log = { write: (_: string, text: string) => void said.push(text) };

    const token = awaitWorkerToken({ token: undefined, tokenFile }, 60_000, systemClock, log);
    writeFileSync(tokenFile, 'a-secret-chosen-in-advance\n', { mode: 0o600 });

    expect(await token).toBe('a-secret-chosen-in-advance');
    expect(said).toEqual([`no token file ${tokenFile} yet, waiting for it`]);
  });

  it('gives up when the time to join is over', async () => {
    const log = { write: () => undefined };
    const options = { token: undefined, tokenFile: '/nowhere/token' };

    await expect(awaitWorkerToken(options, 0, systemClock, log)).rejects.toMatchObject({
      code: 'KAT_NO_MASTER',
      message: 'no master has written the token file /nowhere/token within 0 s',
    });
  });
});
