/** The requests that the server has seen and answered, as `GET /__truth` gives them. */
export interface Truth {
  /** Requests in all, those to `/__truth` left out. */
  readonly total: number;
  /** By path, without its query. */
  readonly paths: Readonly<Record<string, PathTruth>>;
}

/** The requests and answers of one path. */
export interface PathTruth {
  /** Requests whose head arrived; those that the client cut before the answer are among them. */
  readonly requests: number;
  /** Answers by status. A request that its client cut, or that was dropped on purpose, is in `requests` alone. */
  readonly statuses: Readonly<Record<string, number>>;
}

/** One path's counts, while they grow. */
class PathCounts {
  requests = 0;
  readonly #statuses = new Map<number, number>();

  /** Counts an answer to one of the requests. */
  answered(status: number): void {
    this.#statuses.set(status, (this.#statuses.get(status) ?? 0) + 1);
  }

  truth(): PathTruth {
    return { requests: this.requests, statuses: Object.fromEntries(this.#statuses) };
  }
}

/** A request that has arrived and waits for its answer to be counted. */
export type CountedRequest = Pick<PathCounts, 'answered'>;

/** How many distinct paths are counted one by one: a hostile client would fill the memory otherwise. */
const MOST_PATHS = 1000;

/** Takes the paths that come after the first thousand. */
const OTHER_PATHS = '(other)';

/** Counts what really came and what was really answered. */
export class TruthTable {
  readonly #paths = new Map<string, PathCounts>();
  #total = 0;

  /** Counts a request; its answer is counted with what this gives back. */
  received(path: string): CountedRequest {
    const isNew = !this.#paths.has(path);
    const name = isNew && this.#paths.size >= MOST_PATHS ? OTHER_PATHS : path;
    const counts = this.#paths.get(name) ?? new PathCounts();
    this.#paths.set(name, counts);
    this.#total += 1;
    counts.requests += 1;
    return counts;
  }

  /** Sets every count to zero; answers to earlier requests are not counted any more. */
  reset(): void {
    this.#paths.clear();
    this.#total = 0;
  }

  /** The counts of this moment. */
  truth(): Truth {
    const paths = [...this.#paths].map(([path, counts]) => [path, counts.truth()] as const);
    return { total: this.#total, paths: Object.fromEntries(paths) };
  }
}
