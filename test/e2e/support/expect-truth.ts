import { expect } from 'vitest';
import type { TruthServer } from '../../support/truth-server.ts';
import type { FinishedRun, SummaryJson } from './katydid-run.ts';
import { onTheWire, statusesOf } from './summarized-run.ts';

/** How the names of a run and the paths of the server belong together. */
export interface TruthRules {
  /**
   * The name under which katydid counts what the server saw at a path.
   *
   * @default the path itself
   */
  readonly nameOf?: (path: string) => string;
}

/**
 * Holds the ledger, the JSON and the CSV files of a run against each other and, exchange by exchange,
 * against what the server counted. Statuses are compared where nothing was abandoned or redirected: the
 * server counts an answer that nobody read any more, and each hop's own.
 */
export async function expectTruth(
  server: TruthServer,
  run: FinishedRun,
  { nameOf = (path) => path }: TruthRules = {},
): Promise<void> {
  await server.idle();
  const truth = truthByName(server, nameOf);
  const sent = new Map<string, number>();
  for (const row of run.json.requests) {
    sent.set(row.name, (sent.get(row.name) ?? 0) + onTheWire(row));
  }
  const sentToServer = [...sent].filter(([, count]) => count > 0);
  expect(Object.fromEntries(sentToServer)).toEqual(
    Object.fromEntries([...truth].map(([name, { received }]) => [name, received])),
  );
  expect(run.json.ledger.sent).toBe(server.total());
  for (const [name, { statuses }] of truth) {
    const rows = run.json.requests.filter((row) => row.name === name);
    if (rows.some((row) => row.abandoned + row.redirected > 0)) continue;
    expect(statusesOf(rows), name).toEqual(statuses);
  }
  expectOutputsAgree(run);
}

/** Holds the outputs of a run against each other. */
export function expectOutputsAgree({ json, stats, history, failures }: FinishedRun): void {
  const { ledger, total, requests } = json;
  expectClosedLedger(ledger);
  for (const key of ['requests', 'failures', 'notSent', 'abandoned', 'redirected'] as const) {
    expect(sum(requests.map((row) => row[key])), key).toBe(total[key]);
  }
  if (json.run.measuredFromSecond === 0) {
    expect(total.requests).toBe(ledger.succeeded + ledger.failed);
    expect(total.failures).toBe(ledger.failed);
    expect(sum(json.timeline.map((second) => second.requests))).toBe(total.requests);
    expect(sum(json.timeline.map((second) => second.failures))).toBe(total.failures);
    expect(sum(history.map((row) => Number(row['Requests/s'])))).toBeCloseTo(total.requests, 3);
    expect(sum(json.workers.map((worker) => worker.requests))).toBe(total.requests);
  }
  const rows = stats.map((row) => [
    row['Type'],
    row['Name'],
    Number(row['Request Count']),
    Number(row['Failure Count']),
  ]);
  expect(rows).toEqual([
    ...requests.map((row) => [row.method, row.name, row.requests, row.failures]),
    ['', 'Aggregated', total.requests, total.failures],
  ]);
  expect(sum(failures.map((row) => Number(row['Occurrences'])))).toBe(total.failures);
  expect(sum(json.errors.map((error) => error.occurrences))).toBe(total.failures);
  const last = history.at(-1);
  expect(Number(last?.['Total Request Count'] ?? 0)).toBe(total.requests);
  expect(Number(last?.['Total Failure Count'] ?? 0)).toBe(total.failures);
  if (total.unknown === 0)
    expect(sum(Object.values(total.statuses))).toBeLessThanOrEqual(total.requests);
}

/** Every exchange that was sent is in exactly one term of the ledger. */
export function expectClosedLedger(ledger: SummaryJson['ledger']): void {
  const { sent, succeeded, failed, notSent, abandoned, redirected, unknown } = ledger;
  expect(sent).toBe(succeeded + (failed - notSent) + abandoned + redirected + unknown);
}

interface TruthOfName {
  received: number;
  statuses: Record<string, number>;
}

function truthByName(
  server: TruthServer,
  nameOf: (path: string) => string,
): ReadonlyMap<string, TruthOfName> {
  const truth = new Map<string, TruthOfName>();
  for (const [path, { received, statuses, dropped }] of server.counts()) {
    const name = nameOf(path);
    const entry = truth.get(name) ?? { received: 0, statuses: {} };
    truth.set(name, entry);
    entry.received += received;
    for (const [status, count] of statuses) {
      entry.statuses[status] = (entry.statuses[status] ?? 0) + count;
    }
    // Dropped in the middle of the body: the status had arrived, and the script sees it.
    if (path === '/drop-mid') entry.statuses[200] = dropped;
  }
  return truth;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
