import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { usageErrorOf } from '../../../support/command-lines.ts';
import { TempFolder } from '../../../support/temp-folder.ts';

let folder: TempFolder;

beforeAll(() => {
  folder = new TempFolder();
  folder.write('loadfile.ts');
  folder.write('locustfile.py');
  folder.write('users.csv');
});
afterAll(() => folder.remove());

const USERS = 'wanted a whole number from 1 to 1,000,000';
const RATE = 'wanted a number per second above 0 and up to 1,000,000, such as 10 or 0.5';
const TIME = 'wanted a time above 0 such as 90, 90s, 5m or 1h30m';

describe('bad values of katydid run', () => {
  it.each([
    ['-u 0', `--users: got "0", ${USERS}`],
    ['-u -5', `--users: got "-5", ${USERS}`],
    ['-u abc', `--users: got "abc", ${USERS}`],
    ['-u 1.5', `--users: got "1.5", ${USERS}`],
    ['-u 1000001', `--users: got "1000001", ${USERS}`],
    ['-u 1e3', `--users: got "1e3", ${USERS}`],
    ['--users=', `--users: got "", ${USERS}`],
    ['-r 0', `--spawn-rate: got "0", ${RATE}`],
    ['-r -1', `--spawn-rate: got "-1", ${RATE}`],
    ['-r NaN', `--spawn-rate: got "NaN", ${RATE}`],
    ['-r Infinity', `--spawn-rate: got "Infinity", ${RATE}`],
    ['-t abc', `--run-time: got "abc", ${TIME}`],
    ['-t 0', `--run-time: got "0", ${TIME}`],
    ['-t -5', `--run-time: got "-5", ${TIME}`],
    ['-t 5x', `--run-time: got "5x", ${TIME}`],
    ['-t', '--run-time: wanted T, and nothing follows'],
    [
      '--max-body 0',
      '--max-body: got "0", wanted a size above 0 and up to 1GB, such as 1048576, 500kB or 2MB',
    ],
    ['-w 0', '--workers: got "0", wanted auto or a whole number from 1 to 1,000'],
    ['--processes x', '--processes: got "x", wanted auto or a whole number from 1 to 1,000'],
    [
      '-H localhost:8000',
      '--host: got "localhost:8000", which has no scheme: did you mean http://localhost:8000?',
    ],
    [
      '-H http://',
      '--host: got "http://", wanted a URL such as http://localhost:8000 or https://example.org',
    ],
    ['-L loud', '--loglevel: got "loud", wanted debug, info, warning or error'],
    ['--port 65536', '--port: got "65536", wanted a whole number from 0 to 65,535'],
    [
      '--bind 1.2.3.4:80',
      '--bind: got "1.2.3.4:80", wanted an address without a port, such as 127.0.0.1, 0.0.0.0 or ::1',
    ],
    ['--seed 1.5', '--seed: got "1.5", wanted a whole number from 0 to 9,007,199,254,740,991'],
    [
      '--exit-code-on-error 256',
      '--exit-code-on-error: got "256", wanted a whole number from 0 to 255',
    ],
    ['-e REGION', '--env: got "REGION", wanted KEY=VALUE, such as REGION=eu'],
    ['--label =x', '--label: got "=x", wanted KEY=VALUE, such as commit=4f1c2d'],
    [
      '--set weight=3',
      '--set: got "weight=3", wanted Class.attribute=value, such as Shopper.weight=3',
    ],
    ['-T a,,b', '--tags: got "a,,b", wanted tags such as a or a,b'],
    ['--headless=maybe', '--headless: got "maybe", wanted 1, true, 0 or false'],
    ['--csv --headless', '--csv: wanted PREFIX, and the option --headless follows'],
    ['--late-after 20', '--lost-after: got 15, wanted more than --late-after, which is 20'],
    ['--token short', '--token: the join token is too short: 5 characters, wanted at least 16'],
    [
      '--token abcdefghijklmnop --token-file t',
      '--token and --token-file: wanted one of them, and got both',
    ],
  ])('answers %s', async (line, message) => {
    const error = await usageErrorOf(['run', ...line.split(' ')], folder.path);

    expect(error).toStrictEqual({ message, hint: "'katydid run --help' lists the options." });
  });

  it('tells every problem at once', async () => {
    const argv = ['run', '-u', '0', '-r', '0', '-t', 'abc', '-H', 'localhost', 'no.ts'];

    const { message } = await usageErrorOf(argv, folder.path);

    expect(message.split('\n')).toStrictEqual([
      '5 problems:',
      '  - --host: got "localhost", which has no scheme: did you mean http://localhost?',
      `  - --users: got "0", ${USERS}`,
      `  - --spawn-rate: got "0", ${RATE}`,
      `  - --run-time: got "abc", ${TIME}`,
      '  - the load file "no.ts" does not exist',
    ]);
  });

  it('never repeats a token', async () => {
    const { message } = await usageErrorOf(['run', '--token', 'kd1.x.hunter2'], folder.path);

    expect(message).not.toContain('hunter2');
  });

  it('repeats hostile text in one line, cut to 60 characters', async () => {
    const hostile = `\u001b[2J\u202e\n${'x'.repeat(5000)}`;

    const { message } = await usageErrorOf(['run', '-u', hostile], folder.path);

    expect(message).toMatch(/^--users: got "\\u001b\[2J\\u202e\\nx+…", wanted/);
    expect(message.length).toBeLessThan(200);
  });
});

describe('options that are not there', () => {
  it.each([
    ['run', '--usres 5', 'unknown option --usres: did you mean --users?'],
    ['run', '--spawnrate=5', 'unknown option --spawnrate: did you mean --spawn-rate?'],
    ['run', '--banana', 'unknown option --banana'],
    ['run', '--autoquit 3', 'there is no option --autoquit: leave it out: a run ends by itself'],
    ['run', '-R 5', 'unknown option -R: did you mean -r?'],
    ['run', '-Z', 'unknown option -Z'],
    [
      'run',
      '--expect-workers 3',
      '--expect-workers is no option of katydid run, but of katydid master',
    ],
    [
      'master',
      '-w 3',
      '-w is no option of katydid master, but of katydid run, katydid plan, katydid demo',
    ],
    ['run', '--html x', 'this version does not have --html yet'],
    ['run', '--threshold a', 'this version does not have --threshold yet'],
    ['run', '--stage 1m:10', 'this version does not have --stage yet'],
    ['run', '--arrival-rate 5', 'this version does not have --arrival-rate yet'],
    ['run', '--junit x', 'this version does not have --junit yet'],
    ['plan', '-n 100', '-n is no option of katydid plan, but of katydid run, katydid master'],
    [
      'target',
      '--users 5',
      '--users is no option of katydid target, but of katydid run, katydid master, katydid plan, katydid demo',
    ],
  ])('katydid %s %s', async (command, line, message) => {
    const error = await usageErrorOf([command, ...line.split(' ')], folder.path);

    expect(error.message).toBe(message);
  });
});

describe('commands that are not there', () => {
  it.each([
    [['runn'], 'unknown command "runn": did you mean katydid run?'],
    [['Report'], 'unknown command "Report": did you mean katydid report?'],
    [['banana'], 'unknown command "banana"'],
    [['compare', 'a.ts'], 'this version does not have the command compare yet'],
    [['replay'], 'this version does not have the command replay yet'],
    [['help', 'replay'], 'this version does not have the command replay yet'],
    [['ctl'], 'wanted status, watch, users N, stop or reset'],
    [['ctl', 'start'], 'got "start", wanted status, watch, users N, stop or reset'],
    [['ctl', 'users'], 'users: wanted how many, such as users 100'],
    [['ctl', 'users', '-3'], 'unknown option -3'],
    [['ctl', 'users', '1.5'], 'users: got "1.5", wanted a whole number from 0 to 1,000,000'],
    [['ctl', 'users', '1', '2'], 'got "2", and wanted nothing more'],
    [['ctl', 'stop', 'now'], 'got "now", and wanted nothing more'],
    [['ctl', 'stop', '-r', '1'], '--spawn-rate: only goes with users N'],
    [['ctl', 'status', '--json=x'], '--json: got "x", wanted 1, true, 0 or false'],
    [
      ['ctl', '--master', 'http://h:1', 'status'],
      '--master: got "http://h:1", wanted a host, host:port, ws://host:port or wss://host:port',
    ],
    [
      ['worker', 'ws://h', '--token', 'abcdefghijklmnop', '--allow-script-sha256', 'abc'],
      '--allow-script-sha256: got "abc", wanted the 64 hex digits of a SHA-256',
    ],
    [['shop.ts'], 'unknown command "shop.ts": did you mean katydid run shop.ts?'],
    [['constructor'], 'unknown command "constructor"'],
  ])('%j', async (argv, message) => {
    expect((await usageErrorOf(argv, folder.path)).message).toBe(message);
  });

  it('shows where the command goes to those who know Locust', async () => {
    expect(await usageErrorOf(['-u', '5'], folder.path)).toStrictEqual({
      message: 'wanted a command before "-u"',
      hint: 'Did you mean katydid run -u 5?',
    });
  });
});

describe('arguments that are wrong or missing', () => {
  it.each([
    ['run', 'no.ts', 'the load file "no.ts" does not exist'],
    ['run', '.', '"." is a folder, wanted a load file'],
    ['run', 'users.csv', '"users.csv" is no load file: wanted .ts, .mts, .js or .mjs'],
    [
      'run',
      'locustfile.py',
      '"locustfile.py" is Python; katydid init writes a load file in TypeScript',
    ],
    ['run', 'localhost:8000/hello', 'did you mean http://localhost:8000/hello?'],
    ['run', 'loadfile.ts a-b', 'got "a-b" where the name of a user class is wanted'],
    ['report', '', 'wanted the run file to report on'],
    ['report', 'a b', 'got "b", and wanted nothing more'],
    ['demo', 'x', 'got "x", and wanted nothing more'],
    ['init', 'a b', 'got "b", and wanted nothing more'],
    [
      'worker',
      'ws://a:1',
      'wanted the join token that the master printed: --token T or --token-file F',
    ],
    [
      'worker',
      '--token-file t',
      "wanted the master's address, such as 10.0.0.5 or wss://10.0.0.5:5557",
    ],
    [
      'worker',
      'host:x --token-file t',
      'the master\'s address: got "host:x", wanted a host, host:port, ws://host:port or wss://host:port',
    ],
    [
      'worker',
      'http://a:1 --token-file t',
      'the master\'s address: got "http://a:1", wanted a host, host:port, ws://host:port or wss://host:port',
    ],
    [
      'worker',
      'ws://a:1 --master ws://b:1 --token-file t',
      'got two masters, "ws://a:1" and the one of --master',
    ],
  ])('katydid %s %s', async (command, line, message) => {
    const argv = [command, ...line.split(' ').filter((word) => word !== '')];

    expect((await usageErrorOf(argv, folder.path)).message).toBe(message);
  });

  it('says what was looked for where no load file is named', async () => {
    const empty = new TempFolder();

    const { message } = await usageErrorOf(['run'], empty.path);

    expect(message).toBe(
      `no load file: looked for loadfile.ts and loadfile.js in ${empty.path}; ` +
        'name one, or let katydid init write one',
    );
    empty.remove();
  });
});
