import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { type Clock, sleep } from '../../base/clock.ts';
import { KatydidError, messageOf, UsageError } from '../../base/errors.ts';
import { checkToken, createToken, parseToken, tokenFor } from '../../protocol/join/token.ts';
import type { TokenOptions } from '../options/table/option-values.ts';
import type { Log } from '../process/log.ts';

/** Is told of something that should be otherwise, but is no reason to give up. */
type Warn = (text: string) => void;

/** Time between two looks for a token file, in milliseconds. */
const LOOK_MS = 200;

/** Permissions of anybody but the owner. */
const OTHERS = 0o077;

/**
 * The token that a master lets workers in with: the given one, the one in the file, or a new one, which
 * is then written to the file for nobody but its owner to read. Where a file has the token of an earlier
 * run, its secret stays and the certificate's hash is written anew.
 *
 * @param certificateHash - Of this run's certificate; `undefined`: no TLS.
 * @throws {KatydidError} Where it is no token or one of another certificate, or the file cannot be read or written.
 */
export function masterToken(
  { token, tokenFile }: TokenOptions,
  certificateHash: string | undefined,
  warn: Warn,
): string {
  if (token !== undefined) return givenToken(checkToken(token), certificateHash);
  if (tokenFile === undefined) return createToken(certificateHash);
  const existing = readTokenFile(tokenFile, warn);
  if (existing === undefined) {
    const fresh = createToken(certificateHash);
    writeTokenFile(tokenFile, fresh, 'wx');
    return fresh;
  }
  const parsed = parseToken(existing);
  if (parsed.kind === 'secret') return existing;
  const current = tokenFor(parsed.secret, certificateHash);
  if (current !== existing) writeTokenFile(tokenFile, current, 'w');
  return current;
}

/**
 * The token that a worker joins with.
 *
 * @throws {UsageError} Where there is none, or it is no token.
 */
export function workerToken({ token, tokenFile }: TokenOptions, warn: Warn): string {
  if (token !== undefined) return checkToken(token);
  const read = tokenFile === undefined ? undefined : readTokenFile(tokenFile, warn);
  if (read === undefined) {
    throw new UsageError(`the token file ${tokenFile ?? ''} does not exist`, {
      hint: 'The master writes it with --token-file; or give the token with --token or KATYDID_TOKEN.',
    });
  }
  return read;
}

/**
 * The token that a worker joins with, once there is one: the file appears when its master starts.
 *
 * @param timeoutMs - How long to wait for the file.
 * @throws {UsageError} Where it is no token.
 * @throws {KatydidError} `KAT_NO_MASTER` where there is no file in time.
 */
export async function awaitWorkerToken(
  options: TokenOptions,
  timeoutMs: number,
  clock: Clock,
  log: Pick<Log, 'write'>,
): Promise<string> {
  const { token, tokenFile } = options;
  const warn = (text: string): void => log.write('warn', text);
  if (token !== undefined || tokenFile === undefined) return workerToken(options, warn);
  const untilUs = clock.nowUs() + timeoutMs * 1000;
  for (let looks = 0; isMissingOrEmpty(tokenFile); looks += 1) {
    if (looks === 0) log.write('info', `no token file ${tokenFile} yet, waiting for it`);
    if (clock.nowUs() >= untilUs) throw noTokenFile(tokenFile, timeoutMs);
    await sleep(clock, LOOK_MS);
  }
  return workerToken(options, warn);
}

function isMissingOrEmpty(path: string): boolean {
  const found = statSync(path, { throwIfNoEntry: false });
  // A master that is just writing the file has made it first.
  return found === undefined || (found.isFile() && found.size === 0);
}

function noTokenFile(path: string, timeoutMs: number): KatydidError {
  return new KatydidError(
    'KAT_NO_MASTER',
    `no master has written the token file ${path} within ${timeoutMs / 1000} s`,
    { hint: 'Start the master with this --token-file first, or wait longer with --join-timeout.' },
  );
}

/**
 * Takes the token out of the environment, once it is read: the script's own processes, which inherit that,
 * have no use for it.
 */
export function forgetTokenVariable(): void {
  delete process.env['KATYDID_TOKEN'];
}

/** Nobody can know the certificate's hash before the master has made it. */
function givenToken(token: string, certificateHash: string | undefined): string {
  const parsed = parseToken(token);
  const isFit = parsed.kind === 'secret' || token === tokenFor(parsed.secret, certificateHash);
  if (isFit) return token;
  const problem =
    certificateHash === undefined
      ? 'the join token names a certificate, and this master has no TLS'
      : 'the join token names a certificate, and this master makes its own now';
  throw new UsageError(problem, {
    hint: 'Choose a secret of 16 characters or more in advance, or let the master write --token-file.',
  });
}

function writeTokenFile(path: string, token: string, flag: 'w' | 'wx'): void {
  try {
    writeFileSync(path, `${token}\n`, { mode: 0o600, flag });
  } catch (error) {
    throw new KatydidError('KAT_OUTPUT', `the token file cannot be written: ${messageOf(error)}`, {
      hint: 'Check --token-file.',
      cause: error,
    });
  }
}

function readTokenFile(path: string, warn: Warn): string | undefined {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
    // Not refused: mounted secrets of containers often are like that. Windows has no such modes.
    if (process.platform !== 'win32' && (statSync(path).mode & OTHERS) !== 0) {
      warn(`other users of this machine may read the token file ${path}: chmod 600 ${path}`);
    }
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new UsageError(`the token file cannot be read: ${messageOf(error)}`, { cause: error });
  }
  return checkToken(text);
}
