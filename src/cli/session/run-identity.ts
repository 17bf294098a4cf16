import { nanoid } from 'nanoid';
import { systemClock } from '../../base/clock.ts';
import type { RunKey } from '../../protocol/files/run-key.ts';
import { createCertificate, type RunCertificate } from '../../protocol/join/certificate.ts';
import type { HttpClientOptions, ListenOptions } from '../options/table/option-values.ts';
import { type HttpChoice, httpChoiceOf } from './http-choice.ts';
import { masterToken } from './join-token.ts';
import { hasTls } from './master-url.ts';

/** What a run has of its own, whichever process is its master. */
export interface RunIdentity {
  readonly runId: string;
  readonly createdAtEpochMs: number;
  readonly seed: number;
  /** `undefined`: no TLS. */
  readonly certificate: RunCertificate | undefined;
  readonly token: string;
  readonly http: HttpChoice;
}

/**
 * Makes the identity of a new run.
 *
 * @throws {KatydidError} Where token file, certificates or proxies cannot be used.
 */
export function createIdentity(
  options: ListenOptions & HttpClientOptions & { readonly seed: number | undefined },
  warn: (text: string) => void,
): RunIdentity {
  const createdAtEpochMs = systemClock.epochMs();
  const certificate = hasTls(options) ? createCertificate() : undefined;
  return {
    runId: nanoid(12),
    createdAtEpochMs,
    seed: options.seed ?? createdAtEpochMs % 2 ** 32,
    certificate,
    token: masterToken(options, certificate?.hash, warn),
    http: httpChoiceOf(options, process.env),
  };
}

/** The identity of a run that is carried on. */
export function identityOf(key: RunKey): RunIdentity {
  const { runId, createdAtEpochMs, seed, certificate, token, http } = key;
  return { runId, createdAtEpochMs, seed, certificate: certificate ?? undefined, token, http };
}
