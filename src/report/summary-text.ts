import { type ExitStatus, exitStatusOf } from '../base/exit-status.ts';
import {
  formatCount,
  formatDuration,
  formatFailCell,
  formatFailPercent,
  formatRate,
  formatRateCell,
  formatShare,
  formatTime,
  formatTimeCell,
  withCommas,
} from '../base/format.ts';
import { inTerminal } from '../base/outside-text.ts';
import type { Histogram } from '../stats/histogram/histogram.ts';
import { TOO_EARLY, unknownMostOf } from '../stats/verdict/verdict.ts';
import { responseOf } from '../store/record/name-figures.ts';
import type { NameFigures, RunRecord } from '../store/record/run-record.ts';
import { exitReasonsOf } from './run-exit.ts';
import { evidenceOf, recordJudgement, verdictOf } from './run-verdict.ts';
import { measuredSeconds } from './summary-json.ts';
import {
  fitText,
  type Mark,
  marked,
  shortenText,
  type TextStyle,
  wrapPieces,
} from './text-layout.ts';

/** What the summary needs besides the run. */
export interface SummaryTextOptions extends TextStyle {
  /** Paths of the files written, as the user should see them. */
  readonly files: readonly string[];
  /** Where something other than the results decides it. @default the results' own */
  readonly exit?: ExitStatus;
}

/** Columns of the whole summary. */
const WIDTH = 80;
/** Where the text beside a verdict begins, and that beside a label. */
const VERDICT_INDENT = 18;
const LABEL_INDENT = 15;
/** From this many names on, only the slowest and those with failures are shown. */
const MAX_NAMES = 40;
const SLOWEST_SHOWN = 20;
const MAX_FAILURES = 10;
const MAX_EXCEPTIONS = 5;

/**
 * The summary that stands in the terminal when a run is over: at most 80 columns, the verdict first,
 * the exit status last, so that each is where the eye is.
 */
export function summaryText(record: RunRecord, options: SummaryTextOptions): string {
  const blocks = [
    titleLines(record, options),
    [...verdictLines(record, options), ...stoppedEarlyLines(record, options)],
    overviewLines(record, options),
    tableLines(record, options),
    failureLines(record, options),
    exceptionLines(record, options),
    closingLines(record, options),
  ];
  const text = blocks
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.map((line) => `${line.trimEnd()}\n`).join(''))
    .join('\n');
  return `\n${text}\n`;
}

function titleLines({ info }: RunRecord, style: TextStyle): string[] {
  const arrow = style.glyphs === 'ascii' ? '->' : '→';
  const target = info.host === '' ? '' : ` ${arrow} ${inTerminal(info.host)}`;
  return [shortenText(`katydid  ${inTerminal(info.loadfile)}${target}`, WIDTH, style)];
}

function verdictLines(record: RunRecord, style: TextStyle): string[] {
  const { validity, reasons } = verdictOf(record);
  if (validity === 'valid' && isEmpty(record)) {
    return verdictLine('warning', 'EMPTY', [outcomeText(record)], style);
  }
  if (validity === 'valid') {
    return [
      ...verdictLine('good', 'DONE', [outcomeText(record)], style),
      ...(recordJudgement(record).level === 'pending'
        ? verdictLine('none', 'Run', [TOO_EARLY], style)
        : verdictLine('good', 'Run valid', [headroomText(record, style)], style)),
    ];
  }
  const messages = reasons.map(({ message }) => message);
  return validity === 'invalid'
    ? verdictLine('bad', 'INVALID', messages, style)
    : verdictLine('warning', 'SUSPECT', messages, style);
}

/** A mark with its word, and paragraphs beside it. */
function verdictLine(
  mark: Mark,
  word: string,
  paragraphs: readonly string[],
  style: TextStyle,
): string[] {
  const lines = paragraphs.flatMap((paragraph) =>
    wrapPieces(paragraph.split(' '), ' ', WIDTH - VERDICT_INDENT),
  );
  const head = `  ${marked(mark, word, style)}${' '.repeat(VERDICT_INDENT - 4 - word.length)}`;
  return lines.map((line, index) => (index === 0 ? head : ' '.repeat(VERDICT_INDENT)) + line);
}

/** Nothing was measured, so that there is nothing to be valid. */
function isEmpty({ ledger, total }: RunRecord): boolean {
  return ledger.sent === 0 && total.succeeded + total.failed === 0;
}

function outcomeText({ total, workers }: RunRecord): string {
  const requests = total.succeeded + total.failed;
  if (requests === 0) {
    return workers.length === 0 ? 'no worker joined, no request was made' : 'no request was made';
  }
  if (total.failed === 0) return `${withCommas(requests)} requests, none failed`;
  return `${withCommas(total.failed)} of ${withCommas(requests)} requests failed (${failPercent(total)})`;
}

function headroomText({ workers, total }: RunRecord, style: TextStyle): string {
  const busiest = workers.reduce<RunRecord['workers'][number] | undefined>(
    (most, worker) => ((worker.loopRatio ?? -1) > (most?.loopRatio ?? -1) ? worker : most),
    undefined,
  );
  if (busiest === undefined) return 'nothing speaks against it';
  const lag = formatTime(milliseconds(total.lag.percentileUs(0.99)), microSign(style));
  return `generator has headroom (${busiest.workerId} loop ${formatShare(busiest.loopRatio)} %, send lag p99 ${lag})`;
}

function stoppedEarlyLines(record: RunRecord, style: TextStyle): string[] {
  const { stopReason, durationSeconds, info } = record;
  const limit = info.runTimeSeconds;
  const isCutShort = ['crashed', 'disk-full', 'lost-workers'].includes(stopReason);
  const isBeforeLimit = limit !== null && durationSeconds < limit && stopReason === 'signal';
  if (!isCutShort && !isBeforeLimit) return [];
  const of = limit === null ? '' : ` of ${formatDuration(limit * 1000)}`;
  const words = `STOPPED EARLY at ${formatDuration(durationSeconds * 1000)}${of} (${stopReason})`;
  return [`  ${marked('warning', words, style)}`];
}

function overviewLines(record: RunRecord, style: TextStyle): string[] {
  const { total, info, seconds } = record;
  const peak = seconds.reduce((most, { usersPeak }) => Math.max(most, usersPeak), 0);
  const requests = total.succeeded + total.failed;
  const rate = formatRate(perSecond(requests, record));
  const from = record.measuredFromSecond;
  const since = from > 0 ? `, figures from ${formatDuration(from * 1000)} on` : '';
  const workers = `${info.workers} ${info.workers === 1 ? 'worker' : 'workers'}`;
  const ran = formatDuration(record.durationSeconds * 1000);
  return [
    label(
      'Load',
      `${withCommas(peak)} users (peak) at ${info.spawnRate}/s on ${workers}, ran ${ran}${since}`,
    ),
    label(
      'Requests',
      `${withCommas(requests)}, ${rate}/s on average, ${withCommas(total.failed)} failed${
        total.failed > 0 ? ` (${failPercent(total)})` : ''
      }`,
    ),
    label('Response', clockText(responseOf(total), style)),
    label('Service', clockText(total.service, style)),
    label('Send lag', clockText(total.lag, style)),
  ];
}

function clockText(times: Histogram, style: TextStyle): string {
  const micro = microSign(style);
  const cell = (title: string, us: number | null): string =>
    `${title} ${formatTime(milliseconds(us), micro).padEnd(9)}`;
  const maxUs = times.count === 0 ? null : times.maxUs;
  return [
    cell('p50', supportedUs(times, 0.5)),
    cell('p95', supportedUs(times, 0.95)),
    cell('p99', supportedUs(times, 0.99)),
    cell('max', maxUs),
  ].join(' ');
}

function tableLines(record: RunRecord, options: SummaryTextOptions): string[] {
  const { names, total } = record;
  if (names.length === 0) return [];
  const shown = shownNames(names);
  const hidden = names.length - shown.length;
  const count = `${names.length} ${names.length === 1 ? 'name' : 'names'}`;
  return [
    '  METHOD NAME                      REQS FAIL %   AVG/S     p50     p95    p99 ms',
    ...shown.map((figures) => tableRow(figures.method, figures.name, figures, record, options)),
    ...moreLines(hidden, 'stats.csv', 9, options),
    tableRow('ALL', count, total, record, options),
  ];
}

function tableRow(
  method: string,
  name: string,
  figures: NameFigures,
  record: RunRecord,
  style: TextStyle,
): string {
  const requests = figures.succeeded + figures.failed;
  const response = responseOf(figures);
  const times = [0.5, 0.95, 0.99].map((quantile) =>
    formatTimeCell(milliseconds(supportedUs(response, quantile))),
  );
  return [
    `  ${fitText(inTerminal(method), 6, style)} ${fitText(inTerminal(name), 21, style)}`,
    `${formatCount(requests, 8).padStart(8)} `,
    formatFailCell(figures.failed, requests),
    ` ${formatRateCell(perSecond(requests, record))}`,
    times.join(' '),
  ].join(' ');
}

/** All names or, of many, the slowest and those with failures, in their usual order. */
function shownNames(names: readonly NameFigures[]): readonly NameFigures[] {
  if (names.length <= MAX_NAMES) return names;
  const p95Us = new Map(names.map((row) => [row, responseOf(row).percentileUs(0.95) ?? -1]));
  const slowestFirst = names.toSorted((a, b) => (p95Us.get(b) ?? 0) - (p95Us.get(a) ?? 0));
  const slowest = slowestFirst.slice(0, SLOWEST_SHOWN);
  const failing = names
    .filter((row) => row.failed > 0 && !slowest.includes(row))
    .toSorted((a, b) => b.failed - a.failed);
  const chosen = new Set([...slowest, ...failing.slice(0, MAX_NAMES - SLOWEST_SHOWN)]);
  return names.filter((row) => chosen.has(row));
}

function failureLines({ errors }: RunRecord, options: SummaryTextOptions): string[] {
  if (errors.length === 0) return [];
  const top = errors.toSorted((a, b) => b.occurrences - a.occurrences).slice(0, MAX_FAILURES);
  const requests = top.map(({ method, name }) => inTerminal(`${method} ${name}`));
  const width = Math.min(Math.max(...requests.map((request) => request.length)), 30);
  const rows = top.map(({ occurrences, error }, index) => {
    const request = fitText(requests[index] ?? '', width, options);
    return shortenText(
      `${formatCount(occurrences, 8).padStart(8)}  ${request}   ${inTerminal(error)}`,
      WIDTH,
      options,
    );
  });
  const hidden = errors.length - top.length;
  return ['  Failures', ...rows, ...moreLines(hidden, 'failures.csv', 10, options)];
}

function exceptionLines({ exceptions }: RunRecord, options: SummaryTextOptions): string[] {
  if (exceptions.length === 0) return [];
  const rows = exceptions.slice(0, MAX_EXCEPTIONS).map(({ message, occurrences, workers }) => {
    const where = workers.length > 3 ? `${workers.length} workers` : workers.join(', ');
    const text = `${formatCount(occurrences, 8).padStart(8)}  ${inTerminal(message)} (${where})`;
    return shortenText(text, WIDTH, options);
  });
  const hidden = exceptions.length - rows.length;
  return ['  Exceptions', ...rows, ...moreLines(hidden, 'exceptions.csv', 10, options)];
}

/** Where to find what has no room here, if it was written. */
function moreLines(
  hidden: number,
  file: string,
  indent: number,
  { files }: SummaryTextOptions,
): string[] {
  if (hidden <= 0) return [];
  const isWritten = files.some((path) => path.endsWith(file));
  const where = isWritten ? `in ${file}` : '(katydid report --csv gives all)';
  return [`${' '.repeat(indent)}+${hidden} more ${where}`];
}

function closingLines(record: RunRecord, options: SummaryTextOptions): string[] {
  const { status, meaning } =
    options.exit ?? exitStatusOf(exitReasonsOf(record), record.info.exitCodeOnError);
  const files = wrapPieces(options.files, '  ', WIDTH - LABEL_INDENT);
  return [
    ...labelled('Ledger', ledgerPieces(record, options), ' '),
    ...files.map((line, index) => label(index === 0 ? 'Files' : '', line)),
    label('Exit', `${status} (${meaning})`),
  ];
}

function ledgerPieces(record: RunRecord, style: TextStyle): string[] {
  const { sent, succeeded, failed, notSent, abandoned, redirected } = record.ledger;
  const terms: [string, number, string][] = [
    ['+', failed, 'failed'],
    ['-', notSent, 'not sent'],
    ['+', abandoned, 'abandoned'],
    ['+', redirected, 'redirected'],
  ];
  const shown = terms.filter(([, count], index) => index === 0 || count > 0);
  return [
    `${withCommas(sent)} sent =`,
    `${withCommas(succeeded)} ok`,
    ...shown.map(([sign, count, word]) => `${sign} ${withCommas(count)} ${word}`),
    ...unknownPieces(record),
    `  ${ledgerMark(record, style)}`,
  ];
}

/** How many exchanges have an unknown end: a number, or a range where a lost worker may have sent more. */
function unknownPieces(record: RunRecord): string[] {
  const { unknown } = record.ledger;
  const most = unknownMostOf(evidenceOf(record));
  if (most === 0) return [];
  if (most === unknown) return [`+ ${withCommas(unknown)} unknown`];
  const limit = most === null ? 'or more' : `to ${withCommas(most)}`;
  return [`+ ${withCommas(unknown)} ${limit} unknown`];
}

/** Names, seconds and workers are counted apart: where they disagree, a figure is wrong. */
function ledgerMark(record: RunRecord, style: TextStyle): string {
  const { ledger, seconds, workers } = record;
  const requests = ledger.succeeded + ledger.failed;
  const bySecond = seconds.reduce((sum, second) => sum + second.requests, 0);
  const byWorker = workers.reduce((sum, worker) => sum + worker.requests, 0);
  if (bySecond !== requests || byWorker !== requests) {
    return marked('bad', 'does not add up', style);
  }
  return unknownMostOf(evidenceOf(record)) !== 0
    ? marked('warning', 'incomplete', style)
    : marked('good', 'adds up', style);
}

function labelled(title: string, pieces: readonly string[], separator: string): string[] {
  return wrapPieces(pieces, separator, WIDTH - LABEL_INDENT).map((line, index) =>
    label(index === 0 ? title : '', line),
  );
}

function label(title: string, text: string): string {
  return `  ${title.padEnd(LABEL_INDENT - 2)}${text}`;
}

function perSecond(count: number, record: RunRecord): number {
  const seconds = measuredSeconds(record);
  return seconds > 0 ? count / seconds : 0;
}

function failPercent({ succeeded, failed }: NameFigures): string {
  return `${formatFailPercent(failed, succeeded + failed)} %`;
}

/** A percentile, or null where the sample is too small to tell it from the maximum. */
function supportedUs(times: Histogram, quantile: number): number | null {
  // 1 / (1 - 0.95) is 19.999999999999982.
  const needed = Math.round(1 / (1 - quantile));
  return times.count < needed ? null : times.percentileUs(quantile);
}

function microSign({ glyphs }: TextStyle): 'u' | 'µ' {
  return glyphs === 'ascii' ? 'u' : 'µ';
}

function milliseconds(us: number | null): number | null {
  return us === null ? null : us / 1000;
}
