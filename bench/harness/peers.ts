import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Where each tool lives, and the Debian package that brings it. */
const TOOLS = {
  wrk: { path: '/usr/bin/wrk', debian: 'wrk' },
  ab: { path: '/usr/bin/ab', debian: 'apache2-utils' },
  hey: { path: '/usr/bin/hey', debian: 'hey' },
  nginx: { path: '/usr/sbin/nginx', debian: 'nginx-light' },
  locust: { path: '/usr/bin/locust', debian: 'python3-locust' },
  strace: { path: '/usr/bin/strace', debian: 'strace' },
  taskset: { path: '/usr/bin/taskset', debian: 'util-linux' },
} as const;

/** A tool that the benches compare with or stand on. */
export type Tool = keyof typeof TOOLS;

const AUTOCANNON_VERSION = '9.0.0';
const INSTALL_LIMIT_MS = 180_000;

/**
 * Path of a tool; installs it by apt where it is missing and this process may.
 *
 * @returns `undefined` where it is not to be had: the caller leaves the comparison out and says so.
 */
export function findTool(tool: Tool): string | undefined {
  const { path, debian } = TOOLS[tool];
  if (existsSync(path)) return path;
  if (process.getuid?.() !== 0) {
    console.error(`${tool} is missing: apt-get install ${debian}`);
    return undefined;
  }
  console.error(`installing ${debian} …`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, timeout: INSTALL_LIMIT_MS } as const;
  const install = ['install', '-y', '-qq', '--no-install-recommends', debian];
  if (spawnSync('apt-get', install, options).status !== 0) {
    spawnSync('apt-get', ['update', '-qq'], options);
    spawnSync('apt-get', install, options);
  }
  if (existsSync(path)) return path;
  console.error(`${tool} could not be installed: it is left out`);
  return undefined;
}

/** As `findTool`, for what nothing can be measured without. @throws {Error} Where it is not to be had. */
export function requireTool(tool: Tool): string {
  const path = findTool(tool);
  if (path === undefined)
    throw new Error(`${tool} is needed: apt-get install ${TOOLS[tool].debian}`);
  return path;
}

/** Path of autocannon's entry, from npm into a folder outside the project; `undefined`: not to be had. */
export function findAutocannon(): string | undefined {
  const folder = join(tmpdir(), `katydid-bench-autocannon-${AUTOCANNON_VERSION}`);
  const entry = join(folder, 'node_modules/autocannon/autocannon.js');
  if (existsSync(entry)) return entry;
  console.error(`installing autocannon ${AUTOCANNON_VERSION} …`);
  mkdirSync(folder, { recursive: true });
  const args = ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts'];
  const result = spawnSync('npm', [...args, `autocannon@${AUTOCANNON_VERSION}`], {
    cwd: folder,
    encoding: 'utf8',
    timeout: INSTALL_LIMIT_MS,
  });
  if (existsSync(entry)) return entry;
  console.error(`autocannon could not be installed: it is left out\n${result.stderr}`);
  return undefined;
}
