import { readFileSync, writeFileSync } from 'node:fs';
import { KatydidError, messageOf, UsageError } from '../base/errors.ts';
import { checkToken, createToken } from '../protocol/token.ts';
import type { TokenOptions } from './options/option-values.ts';

/**
 * The token that a master lets workers in with: the one given, that of the file, or a new one, which
 * is then written to the file for nobody but its owner to read.
 *
 * @throws {KatydidError} Where it is no token, or the file cannot be read or written.
 */
export function masterToken({ token, tokenFile }: TokenOptions): string {
  if (token !== undefined) return checkToken(token);
  if (tokenFile === undefined) return createToken();
  const existing = readTokenFile(tokenFile);
  if (existing !== undefined) return existing;
  const fresh = createToken();
  try {
    writeFileSync(tokenFile, `${fresh}\n`, { mode: 0o600, flag: 'wx' });
  } catch (error) {
    throw new KatydidError('KAT_OUTPUT', `the token file cannot be written: ${messageOf(error)}`, {
      hint: 'Check --token-file.',
      cause: error,
    });
  }
  return fresh;
}

/**
 * The token that a worker joins with.
 *
 * @throws {UsageError} Where there is none, or it is no token.
 */
export function workerToken({ token, tokenFile }: TokenOptions): string {
  if (token !== undefined) return checkToken(token);
  const read = tokenFile === undefined ? undefined : readTokenFile(tokenFile);
  if (read === undefined) {
    throw new UsageError(`the token file ${tokenFile ?? ''} does not exist`, {
      hint: 'The master writes it with --token-file; or give the token with --token or KATYDID_TOKEN.',
    });
  }
  return read;
}

function readTokenFile(path: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new UsageError(`the token file cannot be read: ${messageOf(error)}`, { cause: error });
  }
  return checkToken(text);
}
