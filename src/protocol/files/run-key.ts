import { z } from 'zod';
import type { RunCertificate } from '../join/certificate.ts';
import { type HttpRunConfig, type Json, json } from '../messages/master-messages.ts';
import { parseWith } from '../messages/parse.ts';

/** When a run started, by all the clocks there are. */
export interface StartInstant {
  /** Of the machine's monotonic clock, in microseconds. */
  readonly monotonicUs: number;
  /** Which start of the machine that clock counts from; null where the system does not tell. */
  readonly bootId: string | null;
  readonly epochMs: number;
}

/**
 * What another process needs to carry a run on, besides the run file. It has secrets: it is kept in a file
 * for its owner alone, and only while the run goes on.
 */
export interface RunKey {
  /** Of the katydid that wrote it: options are those of one version. */
  readonly katydid: string;
  readonly runId: string;
  readonly createdAtEpochMs: number;
  readonly seed: number;
  readonly token: string;
  /** null: no TLS. */
  readonly certificate: RunCertificate | null;
  /** As it came to be; never 0 once workers know it. */
  readonly port: number;
  /** The folder that names of outputs are seen from. */
  readonly folder: string;
  /** The encoded bundle, in base64. */
  readonly script: string;
  readonly userClasses: readonly string[];
  /** Values of the load file's own options. */
  readonly declared: Readonly<Record<string, Json>>;
  /** The command's options; those not given are left out. */
  readonly options: Readonly<Record<string, Json>>;
  readonly http: HttpRunConfig;
  readonly expectedWorkers: number;
  readonly maxWaitSeconds: number | null;
  /** What the script's `setup` returned; absent before. */
  readonly setup?: { readonly data: Json };
  /** Absent before. */
  readonly start?: StartInstant;
}

/** What becomes known of a run only while it goes on. */
export type RunKeyChange = Partial<Pick<RunKey, 'port' | 'setup' | 'start'>>;

const text = z.string();
const port = z.int().min(0).max(65_535);
const setup = z.strictObject({ data: json });
const start = z.strictObject({
  monotonicUs: z.number(),
  bootId: text.nullable(),
  epochMs: z.number(),
});
const change: z.ZodType<RunKeyChange> = z.strictObject({
  port: port.exactOptional(),
  setup: setup.exactOptional(),
  start: start.exactOptional(),
});
const key: z.ZodType<RunKey> = z.strictObject({
  katydid: text,
  runId: text.min(1).max(64),
  createdAtEpochMs: z.number(),
  seed: z.number(),
  token: text,
  certificate: z.strictObject({ keyPem: text, certificatePem: text, hash: text }).nullable(),
  port,
  folder: text,
  script: text,
  userClasses: z.array(text),
  declared: z.record(text, json),
  options: z.record(text, json),
  http: z.strictObject({
    engine: z.enum(['auto', 'raw', 'undici']),
    defaults: z.record(text, json),
    options: z.record(text, json),
  }),
  expectedWorkers: z.int().min(1),
  maxWaitSeconds: z.number().nullable(),
  setup: setup.exactOptional(),
  start: start.exactOptional(),
});

/** A key, or what has changed of it, as it stands in a file: the key in the first line, each change in another. */
export function runKeyLine(part: RunKey | RunKeyChange): string {
  return `${JSON.stringify(part)}\n`;
}

/**
 * Reads a run's key. A last line that breaks off was being written when its process ended, and counts as
 * not written.
 *
 * @throws {ProtocolError} Where the text is anything else.
 */
export function parseRunKey(content: string): RunKey {
  const lines = content.split('\n');
  const [first = '', ...changes] = lines.slice(0, -1);
  const begun = parseWith<RunKey>(key, first, 'the key file');
  const changed = changes.map((line) => parseWith<RunKeyChange>(change, line, 'the key file'));
  return Object.assign({}, begun, ...changed);
}
