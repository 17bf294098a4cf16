import stringWidth from 'string-width';
import { type ExitStatus, exitStatusOf } from '../base/exit-status.ts';
import {
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatTime,
  withCommas,
} from '../base/format.ts';
import { inTerminal } from '../base/outside-text.ts';
import type { Histogram } from '../stats/histogram/histogram.ts';
import { TOO_EARLY, unknownMostOf } from '../stats/verdict/verdict.ts';
import { responseOf } from '../store/record/name-figures.ts';
import type { RunRecord } from '../store/record/run-record.ts';
import { failureHint } from './failure-hints.ts';
import { closedLoopCeiling, plateauOf } from './plateau.ts';
import { moreLines, requestsTable, type SummaryStyle } from './requests-table.ts';
import { exitReasonsOf } from './run-exit.ts';
import { failPercent, hasNeverBegun, outcomeOf } from './run-outcome-text.ts';
import { evidenceOf, millisecondsOf, recordJudgement, verdictOf } from './run-verdict.ts';
import { measuredSeconds } from './summary-json.ts';
import { supportedMs } from './supported-percentile.ts';
import {
  columnsOf,
  fitText,
  type Mark,
  marked,
  roomBeyond,
  shortenText,
  type TextStyle,
  wrapPieces,
} from './text-layout.ts';

/** What the summary needs besides the run. */
export interface SummaryTextOptions extends SummaryStyle {
  /** The exit status of this process; absent where the summary is a report on an old run. */
  readonly exit?: ExitStatus;
}

/** Columns of paragraphs and lists, which are wrapped. */
const WIDTH = 80;
/** Where the text beside a verdict begins, and that beside a label. */
const VERDICT_INDENT = 18;
const LABEL_INDENT = 15;
const MAX_FAILURES = 10;
const MAX_EXCEPTIONS = 5;

/**
 * The summary that stands in the terminal when a run is over: how it went first, the exit status last, so
 * that each is where the eye is. Names are cut only where the terminal has no room for them.
 */
export function summaryText(record: RunRecord, options: SummaryTextOptions): string {
  const blocks = [
    titleLines(record, options),
    [...verdictLines(record, options), ...stoppedEarlyLines(record, options)],
    hasNeverBegun(record) ? [] : overviewLines(record, options),
    requestsTable(record, options),
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

function titleLines({ info }: RunRecord, style: SummaryStyle): string[] {
  const arrow = style.glyphs === 'ascii' ? '->' : '→';
  const target = info.host === '' ? '' : ` ${arrow} ${inTerminal(info.host)}`;
  return [shortenText(`katydid  ${inTerminal(info.loadfile)}${target}`, columnsOf(style), style)];
}

function verdictLines(record: RunRecord, style: TextStyle): string[] {
  const { validity, reasons } = verdictOf(record);
  const { mark, word, text } = outcomeOf(record);
  const outcome = verdictLine(mark, word, [text], style);
  if (validity === 'valid') return [...outcome, ...measurementLines(record, style)];
  const messages = reasons.map(({ message }) => message);
  const verdict =
    validity === 'invalid'
      ? verdictLine('bad', 'INVALID', messages, style)
      : verdictLine('warning', 'SUSPECT', messages, style);
  // That nothing came of a run must be said, whatever its figures are worth.
  return mark === 'bad' ? [...outcome, ...verdict] : verdict;
}

/** Says whether the figures of a valid run can be trusted; nothing where there are none. */
function measurementLines(record: RunRecord, style: TextStyle): string[] {
  const { total } = record;
  if (record.ledger.sent === 0 && total.succeeded + total.failed === 0) return [];
  if (recordJudgement(record).level === 'pending') {
    return verdictLine('none', 'Run', [TOO_EARLY], style);
  }
  // A second tick beside a run in which nothing went well would be misread.
  const mark = total.succeeded === 0 ? 'none' : 'good';
  return verdictLine(mark, 'Run valid', [headroomText(record, style)], style);
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

function headroomText({ workers, total }: RunRecord, style: TextStyle): string {
  const busiest = workers.reduce<RunRecord['workers'][number] | undefined>(
    (most, worker) => ((worker.loopRatio ?? -1) > (most?.loopRatio ?? -1) ? worker : most),
    undefined,
  );
  if (busiest === undefined) return 'nothing speaks against it';
  const lag = formatTime(millisecondsOf(total.lag.percentileUs(0.99)), microSign(style));
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
  const { total, info } = record;
  const labels = Object.entries(info.labels).map(([key, value]) => inTerminal(`${key}=${value}`));
  return [
    label('Load', loadText(record)),
    ...labelled('Labels', labels, '  '),
    ...labelled('Requests', requestPieces(record), ', '),
    ...ceilingLines(record, style),
    label('Response', clockText(responseOf(total), style)),
    label('Service', clockText(total.service, style)),
    label('Send lag', clockText(total.lag, style)),
  ];
}

function loadText({ info, seconds, durationSeconds, measuredFromSecond: from }: RunRecord): string {
  const peak = seconds.reduce((most, { usersPeak }) => Math.max(most, usersPeak), 0);
  const since = from > 0 ? `, figures from ${formatDuration(from * 1000)} on` : '';
  const workers = `${info.workers} ${info.workers === 1 ? 'worker' : 'workers'}`;
  const ran = formatDuration(durationSeconds * 1000);
  return `${usersText(peak)} (peak) at ${info.spawnRate}/s on ${workers}, ran ${ran}${since}`;
}

/** Both rates, for the one on average has the ramp in it. */
function requestPieces(record: RunRecord): string[] {
  const { total } = record;
  const requests = total.succeeded + total.failed;
  const average = perSecond(requests, record);
  const plateau = plateauOf(record);
  const failed = `${withCommas(total.failed)} failed`;
  const isOther =
    plateau !== undefined && formatRate(plateau.requestsPerSecond) !== formatRate(average);
  return [
    withCommas(requests),
    `${formatRate(average)}/s on average`,
    ...(isOther
      ? [`${formatRate(plateau.requestsPerSecond)}/s with all ${usersText(plateau.users)}`]
      : []),
    total.failed > 0 ? `${failed} (${failPercent(total)})` : failed,
  ];
}

/** Says so where the load and not the server set the rate. */
function ceilingLines(record: RunRecord, style: TextStyle): string[] {
  const plateau = plateauOf(record);
  const ceiling = plateau === undefined ? undefined : closedLoopCeiling(record, plateau);
  const meanUs = responseOf(record.total).meanUs;
  if (plateau === undefined || ceiling === undefined || meanUs === null) return [];
  const mean = formatTime(meanUs / 1000, microSign(style));
  const text =
    `${usersText(plateau.users)} at ${mean} cannot ask more than ${formatRate(ceiling)}/s: ` +
    'this load cannot tell faster servers apart';
  return labelled('Ceiling', text.split(' '), ' ');
}

function usersText(users: number): string {
  return `${withCommas(users)} ${users === 1 ? 'user' : 'users'}`;
}

function clockText(times: Histogram, style: TextStyle): string {
  const micro = microSign(style);
  const cell = (title: string, ms: number | null): string =>
    `${title} ${formatTime(ms, micro).padEnd(9)}`;
  const maxMs = times.count === 0 ? null : times.maxUs / 1000;
  return [
    cell('p50', supportedMs(times, 0.5)),
    cell('p95', supportedMs(times, 0.95)),
    cell('p99', supportedMs(times, 0.99)),
    cell('max', maxMs),
  ].join(' ');
}

function failureLines(record: RunRecord, options: SummaryTextOptions): string[] {
  const { errors, info, total } = record;
  if (errors.length === 0) return [];
  const top = errors.toSorted((a, b) => b.occurrences - a.occurrences).slice(0, MAX_FAILURES);
  const requests = top.map(({ method, name }) => inTerminal(`${method} ${name}`));
  const width = Math.min(
    Math.max(...requests.map((request) => stringWidth(request))),
    30 + roomBeyond(options),
  );
  const rows = top.map(({ occurrences, error }, index) => {
    const request = fitText(requests[index] ?? '', width, options);
    return shortenText(
      `${formatCount(occurrences, 8).padStart(8)}  ${request}   ${inTerminal(error)}`,
      columnsOf(options),
      options,
    );
  });
  const hidden = errors.length - top.length;
  const place = { host: info.host, hasSuccesses: total.succeeded > 0 };
  const hints = new Set(top.map(({ error }) => failureHint(error, place) ?? ''));
  hints.delete('');
  return [
    '  Failures',
    ...rows,
    ...moreLines(hidden, 'failures.csv', 10, options),
    ...[...hints].flatMap(hintLines),
  ];
}

/** A hint below failures, where their own text begins. */
function hintLines(hint: string): string[] {
  const indent = ' '.repeat(10);
  return wrapPieces(hint.split(' '), ' ', WIDTH - indent.length).map((line) => indent + line);
}

function exceptionLines({ exceptions }: RunRecord, options: SummaryTextOptions): string[] {
  if (exceptions.length === 0) return [];
  const rows = exceptions.slice(0, MAX_EXCEPTIONS).map(({ message, occurrences, workers }) => {
    const where = workers.length > 3 ? `${workers.length} workers` : workers.join(', ');
    const text = `${formatCount(occurrences, 8).padStart(8)}  ${inTerminal(message)} (${where})`;
    return shortenText(text, columnsOf(options), options);
  });
  const hidden = exceptions.length - rows.length;
  return ['  Exceptions', ...rows, ...moreLines(hidden, 'exceptions.csv', 10, options)];
}

function closingLines(record: RunRecord, options: SummaryTextOptions): string[] {
  const { status, meaning } =
    options.exit ?? exitStatusOf(exitReasonsOf(record), record.info.exitCodeOnError);
  // A report exits by itself, and tells what the run did.
  const whose = options.exit === undefined ? "Run's exit" : 'Exit';
  const files = wrapPieces(options.files, '  ', WIDTH - LABEL_INDENT);
  return [
    ...labelled('Ledger', ledgerPieces(record, options), ' '),
    ...files.map((line, index) => label(index === 0 ? 'Files' : '', line)),
    label(whose, `${status} (${meaning})`),
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

function microSign({ glyphs }: TextStyle): 'u' | 'µ' {
  return glyphs === 'ascii' ? 'u' : 'µ';
}
