import { withCommas } from '../../base/format.ts';
import type { ExceptionCount } from '../../stats/interval/interval.ts';
import type { RunLog } from './run-log.ts';

/** The most distinct exceptions that the log tells of; the report has all of them. */
const MAX_TOLD = 20;
/** Exceptions beyond so many kinds are not told apart, so that memory stays bounded. */
const MAX_KNOWN = 1000;
const MAX_CHARS = 300;

/** Tells the log of each distinct exception of the script once, and at the end how often it came. */
export class ExceptionNews {
  readonly #log: Pick<RunLog, 'line'>;
  readonly #countByKind = new Map<string, number>();
  #isFull = false;

  constructor(log: Pick<RunLog, 'line'>) {
    this.#log = log;
  }

  /**
   * Takes an exception, whether it comes for the first time or again.
   *
   * @param workerId - The worker; null: the master.
   */
  add(exception: ExceptionCount, workerId: string | null): void {
    const kind = headlineOf(exception);
    const before = this.#countByKind.get(kind);
    if (before === undefined && this.#countByKind.size >= MAX_KNOWN) return;
    this.#countByKind.set(kind, (before ?? 0) + exception.occurrences);
    if (before !== undefined) return;
    if (this.#countByKind.size <= MAX_TOLD) {
      this.#log.line('warn', `exception: ${kind}`, workerId);
    } else if (!this.#isFull) {
      this.#isFull = true;
      this.#log.line(
        'warn',
        `more than ${MAX_TOLD} different exceptions: the others are in the report`,
      );
    }
  }

  /** Tells, at the run's end, how often each exception came that was told of and came more than once. */
  end(): void {
    for (const [kind, count] of [...this.#countByKind].slice(0, MAX_TOLD)) {
      if (count > 1) this.#log.line('warn', `exception, ${withCommas(count)} times: ${kind}`);
    }
    this.#countByKind.clear();
  }
}

/** What was thrown and where: `Error: no login (Shopper.onStart, /tests/loadfile.ts:7)`. */
function headlineOf({ message, traceback }: ExceptionCount): string {
  const lines = traceback.split('\n');
  const head = (lines[0] ?? '').trim() || message;
  const shown = head.length > MAX_CHARS ? `${head.slice(0, MAX_CHARS)}…` : head;
  const place = lines.map(placeOf).find((each) => each !== undefined);
  return place === undefined ? shown : `${shown} (${place})`;
}

/** The place that a line of a worker's traceback names: `    at name (file:line:column)`, or `    in name`. */
function placeOf(line: string): string | undefined {
  const [, where] = /^ {4}in (.+)$/.exec(line) ?? [];
  if (where !== undefined) return where.slice(0, MAX_CHARS);
  const [, name, inName, plain] =
    /^ {4}at (?:(?:async )?(.+?) \((.+:\d+):\d+\)|(?:async )?(.+:\d+):\d+)$/.exec(line) ?? [];
  if (plain !== undefined) return plain.slice(-MAX_CHARS);
  if (name === undefined || inName === undefined) return undefined;
  return `${name}, ${inName}`.slice(-MAX_CHARS);
}
