import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type EndedProcess, WatchedProcess } from './watched-process.ts';

/**
 * Runs as it is written, without a build: what is tested is what was edited. Where there is a terminal the
 * build is needed, since Node runs no `.tsx`: see `builtKatydid`.
 */
const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url));
const SOURCES = fileURLToPath(new URL('../../src', import.meta.url));
const BUILT = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const BIN = fileURLToPath(new URL('../../bin/katydid', import.meta.url));

/** A process that lives longer hangs, however slow the machine is. */
const LONGEST_MS = 120_000;

/** Marks a process and all that it starts, sessions of their own included. */
const TREE_VARIABLE = 'E2E_PROCESS_TREE';

/** Where and how a katydid is started. */
export interface KatydidStart {
  readonly cwd: string;
  /** Besides PATH and HOME, which are all that it gets. */
  readonly env?: Readonly<Record<string, string>>;
  /** A command that becomes the one after it, such as `ip netns exec NAME`. */
  readonly via?: readonly string[];
}

/**
 * The path of `bin/katydid`, for those that start it by other means, such as a shell.
 *
 * @throws {TypeError} Where the build is older than the sources, so that something else would be tested.
 */
export function builtKatydid(): string {
  const builtAtMs = statSync(BUILT, { throwIfNoEntry: false })?.mtimeMs ?? 0;
  const edited = readdirSync(SOURCES, { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.tsx?$/.test(name))
    .find((name) => statSync(join(SOURCES, name)).mtimeMs > builtAtMs);
  if (edited !== undefined) throw new TypeError(`src/${edited} is newer than dist: npm run build`);
  return BIN;
}

/** A mark for the environment of a process, by which all that it starts can be ended. */
export class ProcessTree {
  readonly #mark = randomUUID();

  /** What the environment must have. */
  environment(): Readonly<Record<string, string>> {
    return { [TREE_VARIABLE]: this.#mark };
  }

  /** Process ids of those that run still. */
  pids(): readonly number[] {
    return pidsOfTree(this.#mark);
  }

  /** Kills them all. */
  [Symbol.dispose](): void {
    for (const pid of this.pids()) killAtOnce(pid);
  }
}

/** A real katydid process: `using run = new KatydidProcess([…], { cwd })` leaves none of its tree behind. */
export class KatydidProcess extends WatchedProcess {
  readonly #tree: ProcessTree;

  constructor(args: readonly string[], { cwd, env = {}, via = [] }: KatydidStart) {
    const tree = new ProcessTree();
    const { PATH } = process.env;
    super([...via, process.execPath, MAIN, ...args], {
      cwd,
      env: { PATH, HOME: cwd, ...env, ...tree.environment() },
    });
    this.#tree = tree;
    const deadline = setTimeout(() => this[Symbol.dispose](), LONGEST_MS);
    void this.exit.then(() => clearTimeout(deadline));
  }

  /** Process ids of what it started, directly or not, and what runs still. */
  descendants(): readonly number[] {
    return this.#tree.pids().filter((pid) => pid !== this.pid);
  }

  [Symbol.dispose](): void {
    this.#tree[Symbol.dispose]();
  }
}

/** Runs a katydid to its end. */
export async function runKatydid(
  args: readonly string[],
  start: KatydidStart,
): Promise<EndedProcess> {
  using katydid = new KatydidProcess(args, start);
  return await katydid.exit;
}

/** Processes with a mark in their environment, which no new session or parent's death takes away. */
function pidsOfTree(mark: string): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => environmentOf(name).includes(`${TREE_VARIABLE}=${mark}`))
    .map(Number);
}

function environmentOf(pid: string): string {
  try {
    return readFileSync(join('/proc', pid, 'environ'), 'latin1');
  } catch {
    // It ended meanwhile, or is somebody else's.
    return '';
  }
}

function killAtOnce(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile.
  }
}
