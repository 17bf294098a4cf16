import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KatydidProcesses, type KatydidRunOptions } from './katydid-process.ts';
import { findAutocannon, findTool } from './peers.ts';
import { GENERATOR_CORE, PinnedProcess } from './pinned-process.ts';

/** Longer than any measurement; generators are ended when it is over. */
const RUN_SECONDS = 60;

/** A generator at work. */
export interface RunningGenerator {
  /** Its processes, descendants not included. */
  readonly pids: readonly number[];
  readonly main: PinnedProcess;
  stop(): Promise<void>;
}

/** Something that can put a URL under load. */
export interface Generator {
  readonly name: string;
  start(url: string, users: number): Promise<RunningGenerator>;
}

/** wrk with one thread. @throws {Error} Where it is not to be had: everything is measured against it. */
export function wrk(): Generator {
  const path = findTool('wrk');
  if (path === undefined) throw new Error('wrk is needed: apt-get install wrk');
  return simple('wrk', (url, users) => [path, '-t1', `-c${users}`, `-d${RUN_SECONDS}s`, url]);
}

/** The other tools that are there, cheapest first. */
export function otherTools(): Generator[] {
  const ab = findTool('ab');
  const hey = findTool('hey');
  const locust = findTool('locust');
  return [
    ...(ab === undefined
      ? []
      : [
          simple('ab', (url, users) => [
            ...[ab, '-k', '-q', '-c', String(users), '-t', String(RUN_SECONDS)],
            ...['-n', '3000000', url],
          ]),
        ]),
    ...autocannons(),
    ...(hey === undefined
      ? []
      : [
          simple('hey', (url, users) => [
            ...[hey, '-cpus', '1', '-c', String(users), '-z', `${RUN_SECONDS}s`, url],
          ]),
        ]),
    ...(locust === undefined ? [] : [fastHttpUser()]),
  ];
}

/** autocannon, where it is to be had. */
export function autocannons(): Generator[] {
  const entry = findAutocannon();
  if (entry === undefined) return [];
  const options = ['-d', String(RUN_SECONDS), '--no-progress'];
  return [
    simple('autocannon', (url, users) => [
      ...[process.execPath, entry, '-c', String(users), ...options, url],
    ]),
  ];
}

/** katydid with real processes; the figures are those of the workers. */
export function katydid(options: Omit<KatydidRunOptions, 'host' | 'users'>): Generator {
  const { engine, workers = 1 } = options;
  const name = `katydid${engine === undefined ? '' : ` (${engine})`}`;
  return {
    name: workers === 1 ? name : `${name}, ${workers} workers`,
    start: async (url, users) => {
      const host = new URL(url).origin;
      const processes = await KatydidProcesses.start({ ...options, host, users });
      return {
        pids: processes.workerPids,
        main: processes.master,
        stop: async () => {
          const { total } = await processes.finish();
          if (total.failures > 0 || total.requests === 0) {
            throw new Error(`${total.failures} of ${total.requests} requests failed`);
          }
        },
      };
    },
  };
}

function simple(name: string, command: (url: string, users: number) => string[]): Generator {
  return {
    name,
    start: async (url, users) => {
      // ab wants a path, wrk likes one.
      const [path = '', ...args] = command(new URL(url).href, users);
      const main = new PinnedProcess(path, args, { core: GENERATOR_CORE });
      return { pids: [main.pid], main, stop: () => main.stop('SIGKILL') };
    },
  };
}

function fastHttpUser(): Generator {
  return {
    name: 'Locust FastHttpUser',
    start: async (url, users) => {
      const folder = mkdtempSync(join(tmpdir(), 'katydid-bench-locust-'));
      const { origin, pathname } = new URL(url);
      writeFileSync(
        join(folder, 'locustfile.py'),
        [
          'from locust import FastHttpUser, task',
          'class Hot(FastHttpUser):',
          '    @task',
          '    def get(self):',
          `        self.client.get(${JSON.stringify(pathname)})`,
        ].join('\n'),
      );
      const args = [
        '-m',
        'locust',
        '-f',
        join(folder, 'locustfile.py'),
        '--headless',
        '--host',
        origin,
      ];
      const rate = [
        '-u',
        String(users),
        '-r',
        String(users),
        '-t',
        String(RUN_SECONDS),
        '--only-summary',
      ];
      // The Debian package belongs to this interpreter, whichever comes first on PATH.
      const main = new PinnedProcess('/usr/bin/python3', [...args, ...rate], {
        core: GENERATOR_CORE,
      });
      return {
        pids: [main.pid],
        main,
        stop: async () => {
          await main.stop('SIGKILL');
          rmSync(folder, { recursive: true, force: true });
        },
      };
    },
  };
}
