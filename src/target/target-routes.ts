/** The answer of a route. */
export interface TargetAnswer {
  /** `drop`: no answer, the connection is closed. */
  readonly status: number | 'drop';
  /** Milliseconds to wait before answering. */
  readonly delayMs?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
}

/** The request that a route answers. */
export interface TargetRequest {
  /** The path, without its query. */
  readonly path: string;
  /** The whole body, at most 10 MB. */
  readonly body: Uint8Array;
  readonly contentType: string;
}

/** One family of paths. */
interface Route {
  /** The paths of the family, as the index of the server shows them. */
  readonly pattern: string;
  readonly meaning: string;
  /** Its first group is the parameter. */
  readonly matches: RegExp;
  answer(parameter: string, request: TargetRequest): TargetAnswer;
}

const LONGEST_DELAY_MS = 600_000;
const LARGEST_BODY_BYTES = 100_000_000;
const MOST_REDIRECTS = 1000;
const HELLO = '{"hello":"world"}';

/** The routes of one target server, with what they remember from one request to the next. */
export class TargetRoutes {
  readonly #failures = new Map<number, number>();
  #bimodalCount = 0;
  #filler = Buffer.alloc(0);
  readonly #routes: readonly Route[] = [
    {
      pattern: '/delay-job',
      meaning: 'waits 0.1 s, answers {"hello":"world"}',
      matches: /^\/delay-job$/,
      answer: () => ({ ...json(HELLO), delayMs: 100 }),
    },
    {
      pattern: '/delay/MS',
      meaning: 'waits MS milliseconds, at most 600,000',
      matches: /^\/delay\/(\d{1,6})$/,
      answer: (ms) => bounded(ms, LONGEST_DELAY_MS, (delayMs) => ({ ...json(HELLO), delayMs })),
    },
    {
      pattern: '/hello',
      meaning: 'answers {"hello":"world"} at once',
      matches: /^\/hello$/,
      answer: () => json(HELLO),
    },
    {
      pattern: '/bimodal',
      meaning: 'waits 10 ms nine times, 200 ms the tenth',
      matches: /^\/bimodal$/,
      answer: () => ({ ...json(HELLO), delayMs: this.#nextBimodalMs() }),
    },
    {
      pattern: '/fail/P',
      meaning: 'fails P percent of the requests with 503, evenly',
      matches: /^\/fail\/(\d{1,3}(?:\.\d{1,6})?)$/,
      answer: (percent) => bounded(percent, 100, (value) => this.#failing(value)),
    },
    {
      pattern: '/status/CODE',
      meaning: 'answers with that status, 200 to 599',
      matches: /^\/status\/([2-5]\d\d)$/,
      answer: (code) => statusAnswer(Number(code)),
    },
    {
      pattern: '/bytes/N',
      meaning: 'answers N bytes, at most 100,000,000',
      matches: /^\/bytes\/(\d{1,9})$/,
      answer: (count) =>
        bounded(count, LARGEST_BODY_BYTES, (bytes) => ({
          status: 200,
          headers: { 'content-type': 'application/octet-stream' },
          body: this.#fillerOf(bytes),
        })),
    },
    {
      pattern: '/echo',
      meaning: 'answers with the body that came',
      matches: /^\/echo$/,
      answer: (_, { body, contentType }) => ({
        status: 200,
        headers: { 'content-type': contentType },
        body,
      }),
    },
    {
      pattern: '/redirect/N',
      meaning: 'redirects N times, then /hello',
      matches: /^\/redirect\/(\d{1,4})$/,
      answer: (count) => bounded(count, MOST_REDIRECTS, redirect),
    },
    {
      pattern: '/drop',
      meaning: 'closes the connection without an answer',
      matches: /^\/drop$/,
      answer: () => ({ status: 'drop' }),
    },
    {
      pattern: '/__truth',
      meaning: 'what was answered; POST /__truth/reset sets it to zero',
      // Answered by the server itself, and listed here for the index.
      matches: /^\/__truth$/,
      answer: () => statusAnswer(404),
    },
    {
      pattern: '/',
      meaning: 'this list',
      matches: /^\/$/,
      answer: () => this.#index(),
    },
  ];

  /** What to answer; 404 where no route is meant. */
  answer(request: TargetRequest): TargetAnswer {
    for (const route of this.#routes) {
      const match = route.matches.exec(request.path);
      if (match !== null) return route.answer(match[1] ?? '', request);
    }
    return statusAnswer(404);
  }

  /** One buffer for all answers, so that a hundred large ones at once are not a hundred copies. */
  #fillerOf(bytes: number): Uint8Array {
    if (this.#filler.length < bytes) this.#filler = Buffer.alloc(bytes, 'x');
    return this.#filler.subarray(0, bytes);
  }

  #nextBimodalMs(): number {
    this.#bimodalCount += 1;
    return this.#bimodalCount % 10 === 0 ? 200 : 10;
  }

  /** Spreads failures evenly: at every moment their share is right to within one request. */
  #failing(percent: number): TargetAnswer {
    const owed = (this.#failures.get(percent) ?? 0) + percent;
    const fails = owed >= 100;
    this.#failures.set(percent, fails ? owed - 100 : owed);
    // Remembering every percentage that was ever asked for would need memory without bound.
    if (this.#failures.size > 1000) this.#failures.clear();
    return fails ? statusAnswer(503) : json(HELLO);
  }

  #index(): TargetAnswer {
    const lines = this.#routes.map(({ pattern, meaning }) => `${pattern.padEnd(14)}${meaning}`);
    return {
      status: 200,
      headers: { 'content-type': 'text/plain; charset=utf-8' },
      body: `katydid target\n\n${lines.join('\n')}\n`,
    };
  }
}

function json(body: string): TargetAnswer {
  return { status: 200, headers: { 'content-type': 'application/json' }, body };
}

function statusAnswer(status: number): TargetAnswer {
  // These two have no body by definition.
  if (status === 204 || status === 304) return { status };
  return { ...json(`{"status":${status}}`), status };
}

function bounded(
  text: string,
  most: number,
  answer: (value: number) => TargetAnswer,
): TargetAnswer {
  const value = Number(text);
  return value <= most ? answer(value) : statusAnswer(404);
}

function redirect(count: number): TargetAnswer {
  if (count === 0) return json(HELLO);
  return { status: 302, headers: { location: `/redirect/${count - 1}` } };
}
