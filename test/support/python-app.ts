import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { TempFolder } from './temp-folder.ts';

/** The Python that Debian's packages are for, whichever comes first on PATH. */
const PYTHON = '/usr/bin/python3';

/** Longer than any of them takes to come up or to go. */
const DEADLINE_MS = 60_000;

/**
 * One byte is appended for each request that reached the application. A file of its own for each worker
 * process, opened after the fork, makes the sum of their sizes the truth without any lock.
 */
const APP = `
import asyncio
import os
import pathlib

from fastapi import FastAPI

app = FastAPI()
counts = pathlib.Path(__file__).parent / "counts"
files = {}


def count():
    pid = os.getpid()
    if pid not in files:
        files[pid] = os.open(counts / str(pid), os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    os.write(files[pid], b"x")


@app.get("/delay-job")
async def delay_job():
    count()
    await asyncio.sleep(0.1)
    return {"hello": "world"}
`;

/** Debian packages without which the tests of real servers cannot be run. */
const NEEDED = [
  { name: 'gunicorn', isThere: () => existsSync('/usr/bin/gunicorn') },
  { name: 'python3-uvicorn', isThere: () => canImport('uvicorn') },
  { name: 'python3-fastapi', isThere: () => canImport('fastapi') },
];

/**
 * A real Python server with one route `GET /delay-job`, which waits for 0.1 s:
 * `await using app = await PythonApp.gunicorn(4)`.
 */
export class PythonApp {
  readonly #folder: TempFolder;
  readonly #child: ChildProcess;
  /** Such as `http://127.0.0.1:40123`. */
  readonly url: string;

  private constructor(folder: TempFolder, child: ChildProcess, url: string) {
    this.#folder = folder;
    this.#child = child;
    this.url = url;
  }

  /**
   * gunicorn with workers of class UvicornWorker.
   *
   * @throws {TypeError} Where a package is missing, with its name.
   */
  static gunicorn(workers: number): Promise<PythonApp> {
    return PythonApp.#start([
      ...['-m', 'gunicorn', 'app:app', '--bind', '127.0.0.1:0', '--workers', String(workers)],
      ...['--worker-class', 'uvicorn.workers.UvicornWorker'],
    ]);
  }

  /**
   * uvicorn with one worker.
   *
   * @throws {TypeError} Where a package is missing, with its name.
   */
  static uvicorn(): Promise<PythonApp> {
    return PythonApp.#start(['-m', 'uvicorn', 'app:app', '--port', '0', '--no-access-log']);
  }

  /** Requests that reached the application, in whichever of its processes. */
  requests(): number {
    const counts = this.#folder.file('counts');
    return readdirSync(counts)
      .map((name) => statSync(join(counts, name)).size)
      .reduce((sum, bytes) => sum + bytes, 0);
  }

  /** Processes that got at least one request. */
  processes(): number {
    return readdirSync(this.#folder.file('counts')).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#child);
    this.#folder[Symbol.dispose]();
  }

  static async #start(args: readonly string[]): Promise<PythonApp> {
    requirePackages();
    const folder = new TempFolder();
    folder.write('app.py', APP);
    folder.folder('counts');
    const { PATH } = process.env;
    const child = spawn(PYTHON, args, {
      cwd: folder.path,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { PATH, HOME: folder.path },
      // A group of its own, so that its workers are ended with it.
      detached: true,
    });
    try {
      const url = await urlFrom(child);
      await answers(url);
      return new PythonApp(folder, child, url);
    } catch (error) {
      await end(child);
      folder[Symbol.dispose]();
      throw error;
    }
  }
}

function requirePackages(): void {
  const missing = NEEDED.filter(({ isThere }) => !isThere()).map(({ name }) => name);
  if (missing.length === 0) return;
  throw new TypeError(
    `Debian packages are missing: ${missing.join(', ')} (scripts/install-test-tools.sh installs them)`,
  );
}

function canImport(module: string): boolean {
  try {
    execFileSync(PYTHON, ['-c', `import ${module}`], { stdio: 'ignore' });
    return true;
  } catch {
    // Not there, or not to be loaded: no tests of it in either case.
    return false;
  }
}

/** Both print where they listen. */
function urlFrom(child: ChildProcess): Promise<string> {
  let text = '';
  return new Promise((resolve, reject) => {
    const take = (chunk: string): void => {
      text += chunk;
      const url = /(?:Listening at|running on):? (http:\/\/127\.0\.0\.1:[1-9]\d*)/.exec(text)?.[1];
      if (url !== undefined) resolve(url);
    };
    child.stdout?.setEncoding('utf8').on('data', take);
    child.stderr?.setEncoding('utf8').on('data', take);
    child.once('error', reject);
    child.once('close', (status) => reject(new TypeError(`ended with ${status}:\n${text}`)));
  });
}

/** Waits for an answer on a path that is not counted. */
async function answers(url: string): Promise<void> {
  const deadline = performance.now() + DEADLINE_MS;
  for (;;) {
    const response = await fetch(`${url}/openapi.json`).catch(() => undefined);
    await response?.text();
    if (response?.ok) return;
    if (performance.now() > deadline) throw new TypeError(`${url} does not answer`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return;
  const ended = once(child, 'exit');
  process.kill(-child.pid, 'SIGKILL');
  await ended;
}
