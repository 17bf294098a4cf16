import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';

/** All names of namespaces made here begin so, followed by the process that made them. */
const PREFIX = 'kdtest-';
const NAMES_FOLDER = '/run/netns';

/** How many networks this process has made. */
let made = 0;

/** A network of its own for some processes, with one card, `eth0`, that leads to the others. */
export class NetworkNamespace {
  readonly name: string;
  /** Of its card, such as `10.77.0.1`. */
  readonly address: string;

  /** @param address - Taken by nobody else in the network. */
  constructor(name: string, address: string) {
    this.name = name;
    this.address = address;
  }

  /** What stands before a command so that it runs in here; the process stays the same one. */
  get via(): readonly string[] {
    return ['ip', 'netns', 'exec', this.name];
  }

  /** Pulls the plug, or puts it back: nothing comes or goes, and nobody is told. */
  setLink(state: 'up' | 'down'): void {
    run('ip', '-n', this.name, 'link', 'set', 'eth0', state);
  }

  /** Adds a rule to the firewall, such as `INPUT -s 10.77.0.1 -j DROP`. */
  addRule(rule: string): void {
    this.#iptables('-A', ...rule.split(' '));
  }

  /** Takes all rules of the firewall away. */
  clearRules(): void {
    this.#iptables('-F');
  }

  #iptables(...args: readonly string[]): void {
    run(...this.via, 'iptables', '-w', ...args);
  }
}

/**
 * Machines on one switch, made of network namespaces; nothing of the real network is touched or reached:
 * `using network = new TestNetwork()`. Needs root, `ip` and `iptables`.
 */
export class TestNetwork {
  readonly #prefix: string;
  readonly #switch: string;
  readonly #names: string[] = [];

  /** @throws {TypeError} Where namespaces cannot be made here. */
  constructor() {
    removeStale();
    made += 1;
    this.#prefix = `${PREFIX}${process.pid}-${made}`;
    this.#switch = `${this.#prefix}-switch`;
    this.#create(this.#switch);
    run('ip', '-n', this.#switch, 'link', 'add', 'bridge', 'type', 'bridge');
    run('ip', '-n', this.#switch, 'link', 'set', 'bridge', 'up');
  }

  /** Plugs in one more machine. */
  add(name: string): NetworkNamespace {
    const place = new NetworkNamespace(`${this.#prefix}-${name}`, `10.77.0.${this.#names.length}`);
    this.#create(place.name);
    const port = `port${this.#names.length}`;
    const peer = ['type', 'veth', 'peer', 'name', port, 'netns', this.#switch];
    run('ip', 'link', 'add', 'eth0', 'netns', place.name, ...peer);
    run('ip', '-n', this.#switch, 'link', 'set', port, 'master', 'bridge', 'up');
    run('ip', '-n', place.name, 'addr', 'add', `${place.address}/24`, 'dev', 'eth0');
    run('ip', '-n', place.name, 'link', 'set', 'eth0', 'up');
    run('ip', '-n', place.name, 'link', 'set', 'lo', 'up');
    return place;
  }

  [Symbol.dispose](): void {
    for (const name of this.#names) removeNamespace(name);
  }

  #create(name: string): void {
    try {
      run('ip', 'netns', 'add', name);
    } catch (cause) {
      throw new TypeError(
        'no network namespaces: they need root and the Debian packages iproute2 and iptables (scripts/install-test-tools.sh)',
        { cause },
      );
    }
    this.#names.push(name);
  }
}

/** Those of a run of the tests that was killed. */
function removeStale(): void {
  if (!existsSync(NAMES_FOLDER)) return;
  for (const name of readdirSync(NAMES_FOLDER)) {
    const pid = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)?.[1];
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removeNamespace(name);
  }
}

function removeNamespace(name: string): void {
  try {
    // Of a killed run: nobody else ends what it had started.
    for (const pid of run('ip', 'netns', 'pids', name).split('\n').filter(Boolean)) {
      process.kill(Number(pid), 'SIGKILL');
    }
    run('ip', 'netns', 'delete', name);
  } catch {
    // Another process of the tests was faster with a stale one.
  }
}

/** @returns Standard output. */
function run(...command: readonly string[]): string {
  const [file = '', ...args] = command;
  return execFileSync(file, args, {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: 20_000,
    // Where iptables is, and not every root has it on his path.
    env: { ...process.env, PATH: `${process.env['PATH']}:/usr/sbin:/sbin` },
  });
}
