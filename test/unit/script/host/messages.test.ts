import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { environment } from '../../../../src/script/host/environment.ts';
import { receiveMessage } from '../../../../src/script/host/messages.ts';
import {
  askedExitCode,
  enterProcess,
  NO_SERVICES,
} from '../../../../src/script/host/script-process.ts';

const FACTS = {
  role: 'master',
  workerIndex: -1,
  workerCount: 2,
  host: 'http://h',
  options: { users: 3 },
} as const;

let sent: unknown[] = [];
let reports: string[] = [];
let warnings: string[] = [];

beforeEach(() => {
  sent = [];
  reports = [];
  warnings = [];
  enterProcess(FACTS, {
    ...NO_SERVICES,
    send: (name, data, to) => sent.push([name, data, to]),
    reportException: (thrown, where) => reports.push(`${where}: ${String(thrown)}`),
    warn: (text) => warnings.push(text),
    quit: (reason) => sent.push(reason),
  });
});
afterEach(() => enterProcess(FACTS));

describe('messages of a script', () => {
  it('are sent as the JSON that they will arrive as', () => {
    environment.runner.sendMessage('a', { at: 5, list: [1, null] });
    environment.runner.sendMessage('b', undefined, 'w2');

    expect(sent).toEqual([
      ['a', { at: 5, list: [1, null] }, undefined],
      ['b', null, 'w2'],
    ]);
  });

  it('are refused where they are no JSON, too long, or have no name', () => {
    const { sendMessage } = environment.runner;

    expect(() => sendMessage('', 1)).toThrow("a message's name is a text of 1 to 200 characters");
    expect(() => sendMessage('a', 'x'.repeat(70_000))).toThrow('has 69 kB as JSON, at most 64 kB');
    // @ts-expect-error A script in JavaScript may pass anything.
    expect(() => sendMessage('a', 1n)).toThrow('cannot be written as JSON');
    // @ts-expect-error A script in JavaScript may pass anything.
    expect(() => sendMessage('a', () => 1)).toThrow('a function cannot be JSON');
    expect(sent).toEqual([]);
  });

  it('reach the function that is registered for them; what it throws is reported', async () => {
    const got: unknown[] = [];
    environment.runner.registerMessage('a', (message) => got.push(message));
    environment.runner.registerMessage('b', async () => {
      throw new Error('broken');
    });

    receiveMessage('a', [1], 'w1');
    receiveMessage('b', null, 'w1');
    receiveMessage('c', null, 'master');
    await new Promise((resolve) => setImmediate(resolve));

    expect(got).toEqual([{ data: [1], from: 'w1' }]);
    expect(reports).toEqual(["message 'b': Error: broken"]);
    expect(warnings).toEqual(["a message 'c' from master: no function is registered for it"]);
  });
});

describe('environment', () => {
  it('tells what the process is', () => {
    expect(environment).toMatchObject({
      role: 'master',
      workerIndex: -1,
      workerCount: 2,
      host: 'http://h',
      options: { users: 3 },
      data: undefined,
    });
  });

  it('takes an exit status from 0 to 255', () => {
    environment.processExitCode = 7;
    expect(askedExitCode()).toBe(7);
    for (const code of [-1, 256, 1.5]) {
      expect(() => {
        environment.processExitCode = code;
      }).toThrow('expected a whole number from 0 to 255');
    }
    environment.processExitCode = undefined;
    expect(askedExitCode()).toBeUndefined();
  });

  it('says where the figures are known, where they are not', () => {
    expect(() => environment.stats.total).toThrow('only the master of a run knows it');
  });

  it('ends the run by runner.quit', () => {
    environment.runner.quit();

    expect(sent).toEqual(['runner.quit()']);
  });
});
