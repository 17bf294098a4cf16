import { z } from 'zod';
import type { RunCertificate } from '../join/certificate.ts';
import { type HttpRunConfig, type Json, json } from '../messages/master-messages.ts';
import { parseWith } from '../messages/parse.ts';

/** When a run started, by the machine's monotonic clock and by the wall clock. */
export interface StartInstant {
  /** By the machine's monotonic clock, in microseconds. */
  readonly monotonicUs: number;
  /** Names the boot from which that clock counts; null where the system does not tell. */
  readonly bootId: string | null;
  readonly epochMs: number;
}

/**
 * What another process needs besides the run file to carry a run on. It has secrets, and is kept in a file
 * that only its owner can read, and only while the run goes on.
 */
export interface RunKey {
  /** Version of the katydid that wrote it: options may mean something else in another one. */
  readonly katydid: string;
  readonly runId: string;
  readonly createdAtEpochMs: number;
  readonly seed: number;
  readonly token: string;
  /** null for a run without TLS. */
  readonly certificate: RunCertificate | null;
  /** The port that the master listens on; never 0 once workers know it. */
  readonly port: number;
  /** The folder that names of outputs are relative to. */
  readonly folder: string;
  /** The encoded bundle, in base64. */
  readonly script: string;
  readonly userClasses: readonly string[];
  /** Values of the load file's own options. */
  readonly declared: Readonly<Record<string, Json>>;
  /** The command's options; options not given are left out. */
  readonly options: Readonly<Record<string, Json>>;
  readonly http: HttpRunConfig;
  readonly expectedWorkers: number;
  readonly maxWaitSeconds: number | null;
  /** What the script's `setup` returned; absent before that. */
  readonly setup?: { readonly data: Json };
  /** When the run started; absent before that. */
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

/** A key, or a change of it, as a line of the file: the key is the first line, each change another. */
export function runKeyLine(part: RunKey | RunKeyChange): string {
  return `${JSON.stringify(part)}\n`;
}

/**
 * Reads a run's key. A last line that breaks off is ignored: its process ended while it wrote that line.
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
