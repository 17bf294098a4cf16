import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { type NetworkNamespace, TestNetwork } from '../../support/network-namespaces.ts';

const children: ChildProcess[] = [];

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(via: readonly string[], script: string): ChildProcess {
  const [command = '', ...args] = [...via, process.execPath, '--eval', script];
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  children.push(child);
  return child;
}

async function firstWord(child: ChildProcess): Promise<string> {
  const [bytes] = await once(child.stdout ?? child, 'data');
  return String(bytes).trim();
}

async function listenAt({ via, address }: NetworkNamespace): Promise<string> {
  const script = `const s = require('node:net').createServer((c) => c.end('hello'))
    .listen(0, '${address}', () => console.log(s.address().port))`;
  return firstWord(start(via, script));
}

function connectFrom({ via }: NetworkNamespace, address: string, port: string): Promise<string> {
  const script = `require('node:net').connect(${port}, '${address}')
    .on('data', (text) => console.log(String(text))).on('error', ({ code }) => console.log(code))
    .setTimeout(1500, () => { console.log('timeout'); process.exit(); })`;
  return firstWord(start(via, script));
}

const namespaces = (): readonly string[] =>
  existsSync('/run/netns') ? readdirSync('/run/netns') : [];

/** Empty where the process is gone, or nobody has asked for its end yet. */
function commandLine(pid: string): string {
  return existsSync(`/proc/${pid}`) ? readFileSync(`/proc/${pid}/cmdline`, 'latin1') : '';
}

describe('a network of the tests', () => {
  it('connects its machines with each other and with nothing else, and obeys', async () => {
    using network = new TestNetwork();
    const [one, two] = [network.add('one'), network.add('two')];
    const port = await listenAt(two);

    expect(await connectFrom(one, two.address, port)).toBe('hello');
    expect(await connectFrom(one, '192.0.2.1', '80')).toBe('ENETUNREACH');
    two.addRule(`INPUT -s ${one.address} -p tcp -j REJECT --reject-with tcp-reset`);
    expect(await connectFrom(one, two.address, port)).toBe('ECONNREFUSED');
    two.clearRules();
    two.setLink('down');
    expect(await connectFrom(one, two.address, port)).toMatch(/timeout|EHOSTUNREACH/);
    two.setLink('up');
    expect(await connectFrom(one, two.address, port)).toBe('hello');
  });

  it('leaves nothing behind', () => {
    let inside: readonly string[];
    {
      using network = new TestNetwork();
      network.add('one');
      inside = namespaces().filter((name) => name.startsWith(`kdtest-${process.pid}-`));
    }

    expect(inside.map((name) => name.split('-').at(-1)).toSorted()).toEqual(['one', 'switch']);
    expect(namespaces().filter((name) => inside.includes(name))).toEqual([]);
  });

  it('is taken away by the next one where its process was killed, with all that ran in it', async () => {
    const module = fileURLToPath(new URL('../../support/network-namespaces.ts', import.meta.url));
    const killed = start(
      [],
      `import('${module}').then(({ TestNetwork }) => {
        const { via } = new TestNetwork().add('one');
        const child = require('node:child_process').spawn(via[0], [...via.slice(1), 'sleep', '60']);
        console.log(child.pid);
        setInterval(() => undefined, 1000);
      })`,
    );
    const sleeping = await firstWord(killed);
    const gone = once(killed, 'exit');
    killed.kill('SIGKILL');
    await gone;

    using _next = new TestNetwork();

    expect(namespaces().filter((name) => name.includes(`-${killed.pid}-`))).toEqual([]);
    await expect.poll(() => commandLine(sleeping)).toBe('');
  });
});
