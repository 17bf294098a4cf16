import { describe, expect, it } from 'vitest';
import type { RunSnapshot } from '../../../../src/stats/snapshot/run-snapshot.ts';
import { frame } from '../../../../src/ui/model/frame.ts';
import { INITIAL_STATE, type UiState } from '../../../../src/ui/model/state/ui-state.ts';
import { ansiText } from '../../../../src/ui/model/text/ansi.ts';
import type { Caps } from '../../../../src/ui/model/text/caps.ts';
import { lineText } from '../../../../src/ui/model/text/line.ts';
import {
  INVALID,
  SHOP,
  snapshotOf,
  THRESHOLDS,
  withLostWorker,
} from '../../../support/snapshots.ts';

const UNICODE: Caps = { color: '16', glyphs: 'unicode', keys: true };
const ASCII: Caps = { color: 'none', glyphs: 'ascii', keys: true };
const SIZES = [
  [60, 16],
  [80, 24],
  [120, 40],
  [200, 50],
] as const;

const steady = snapshotOf();
const STATES = {
  waiting: snapshotOf({ state: 'waiting', thresholds: THRESHOLDS }),
  ramping: snapshotOf({ state: 'ramping', second: 6 }),
  steady,
  failing: snapshotOf({ failShare: 0.06, thresholds: THRESHOLDS }),
  lost: withLostWorker(snapshotOf({ workers: 3 })),
  invalid: { ...steady, verdict: INVALID },
  throwing: { ...steady, exceptions: { kinds: 2, occurrences: 123_456 } },
  stopping: snapshotOf({ state: 'stopping' }),
  finished: snapshotOf({ state: 'finished', second: 60 }),
};

interface Shown {
  readonly snapshot?: RunSnapshot;
  readonly state?: Partial<UiState>;
  readonly columns?: number;
  readonly rows?: number;
  readonly caps?: Caps;
}

/** What a reader sees, one string a line. */
function screenOf({
  snapshot = steady,
  state = {},
  columns = 80,
  rows = 24,
  caps = UNICODE,
}: Shown): string[] {
  return frame(snapshot, { ...INITIAL_STATE, ...state }, columns, rows, caps).map(lineText);
}

function textOf(shown: Shown): string {
  return screenOf(shown)
    .map((line) => `${line.trimEnd()}\n`)
    .join('');
}

describe('frame', () => {
  for (const [columns, rows] of SIZES) {
    for (const caps of [UNICODE, ASCII]) {
      it(`draws every state at ${columns}x${rows} in ${caps.glyphs}`, async () => {
        const screens = Object.entries(STATES).map(
          ([name, snapshot]) => `=== ${name}\n${textOf({ snapshot, columns, rows, caps })}`,
        );

        const file = `./frames/${columns}x${rows}-${caps.glyphs}.txt`;
        await expect(screens.join('\n')).toMatchFileSnapshot(file);
      });
    }
  }

  it('draws every view, question and prompt at 80x24', async () => {
    const many = snapshotOf({
      workers: 600,
      users: 6000,
      names: Array.from(
        { length: 60 },
        (_, i) => ['GET', `/api/things/${i}/検索/history`, 1, 5 + i] as const,
      ),
    });
    const cases: Readonly<Record<string, Shown>> = {
      failures: { state: { view: 'failures' } },
      workers: { state: { view: 'workers' } },
      'workers 600': { snapshot: many, state: { view: 'workers' } },
      charts: { state: { view: 'charts' } },
      'charts ascii': { state: { view: 'charts' }, caps: ASCII },
      log: { state: { view: 'log' } },
      help: { state: { isHelpOpen: true } },
      paused: { snapshot: { ...steady, at: 53_000 }, state: { frozen: steady } },
      'prompt users': { state: { prompt: { kind: 'users', text: '100' } } },
      'prompt problem': {
        state: { prompt: { kind: 'rate', text: '0', problem: 'the rate must be above 0' } },
      },
      'confirm quit': { state: { confirm: 'quit' } },
      'confirm stop': { state: { confirm: 'stop' } },
      'sixty names': {
        snapshot: many,
        state: { selected: 'GET /api/things/30/検索/history', sort: 'p95' },
      },
      'no names': { snapshot: { ...steady, requests: [], failures: { kinds: 0, shown: [] } } },
      closing: {
        snapshot: snapshotOf({ state: 'finished', second: 60 }),
        state: { closingInS: 5 },
      },
      tiny: { columns: 38, rows: 9 },
      smallest: { columns: 40, rows: 10 },
    };

    const screens = Object.entries(cases).map(([name, shown]) => `=== ${name}\n${textOf(shown)}`);

    await expect(screens.join('\n')).toMatchFileSnapshot('./frames/80x24-views.txt');
  });

  it('draws one line fewer than the terminal has, each as wide as it', () => {
    const lines = screenOf({ columns: 80, rows: 24 });

    expect(lines).toHaveLength(23);
    expect(lines.every((line) => line.length === 80)).toBe(true);
  });

  it('says in words what colours say', () => {
    const late = steady.workers.map((worker) => ({
      ...worker,
      status: 'late' as const,
      silentMs: 4000,
    }));

    expect(textOf({ snapshot: { ...steady, verdict: INVALID } })).toContain('RUN INVALID');
    expect(textOf({ snapshot: STATES.failing })).toContain('FAILING');
    expect(textOf({ snapshot: STATES.lost })).toContain('w2 LOST 7 s');
    expect(textOf({ snapshot: STATES.lost })).toContain('Run suspect');
    expect(textOf({ snapshot: { ...steady, workers: late } })).toContain('LATE 4 s');
  });

  it('marks the headline times of an invalid run and says what to do, at every size', () => {
    for (const [columns, rows] of SIZES) {
      const screen = textOf({ snapshot: { ...steady, verdict: INVALID }, columns, rows });

      expect(screen).toContain('~42.0 ms');
      expect(screen).toContain('add workers or lower users');
    }
  });

  it('shows the ledger by itself where it does not add up', () => {
    const snapshot = { ...steady, ledger: { ...steady.ledger, sent: steady.ledger.sent + 7 } };

    expect(textOf({ snapshot })).toContain('does not add up by 7');
    expect(textOf({ snapshot, columns: 60, rows: 16 })).toContain('LEDGER OPEN');
    expect(textOf({})).not.toContain('Ledger');
  });

  it('counts exceptions in the header of every size as soon as there is one', () => {
    for (const [columns, rows] of [...SIZES, [38, 9]] as const) {
      const one = { ...steady, exceptions: { kinds: 1, occurrences: 1 } };
      const [header = ''] = screenOf({ snapshot: STATES.throwing, columns, rows });
      const isShort = columns === 60 || columns === 80;

      expect(textOf({ snapshot: one, columns, rows })).toMatch(/ 1 exception\s/);
      expect(
        columns < 40 ? textOf({ snapshot: STATES.throwing, columns, rows }) : header,
      ).toContain(isShort ? '123k exceptions' : '123,456 exceptions');
      expect(textOf({ columns, rows })).not.toContain('exception');
    }
  });

  it('shortens the number of exceptions and leaves out the time left before it cuts the target', () => {
    const headerOf = (occurrences: number): string =>
      screenOf({ snapshot: { ...steady, exceptions: { kinds: 1, occurrences } } })[0] ?? '';

    expect(headerOf(0)).toContain('load.ts → http://127.0.0.1:8000     ');
    expect(headerOf(0)).toContain('0:19 left');
    expect(headerOf(123_456)).toBe(
      ' STEADY   load.ts → http://127.0.0.1:8000          123k exceptions  0:41 / 1:00 ',
    );
  });

  it('wraps the command that starts a worker so that all of it is on the screen', () => {
    const token = `kd1.${'h'.repeat(43)}.${'s'.repeat(32)}`;
    const joinCommand = `katydid worker wss://192.168.1.20:5557 --token ${token}`;
    for (const [columns, rows] of SIZES) {
      const lines = screenOf({ snapshot: { ...STATES.waiting, joinCommand }, columns, rows });
      const first = lines.findIndex((line) => line.includes('katydid worker'));
      const command = lines
        .slice(first, first + 4)
        .join('\n')
        .replaceAll('\\\n', '');

      expect(command.replaceAll(/ +/g, ' ')).toContain(joinCommand);
    }
  });

  it('shows no condition of workers that are done', () => {
    const workers = steady.workers.map((worker) => ({
      ...worker,
      status: 'done' as const,
      loop: 0.97,
    }));
    const snapshot = { ...STATES.finished, workers };
    const fleet = textOf({ snapshot, state: { view: 'workers' }, columns: 120 });

    expect(fleet).toMatch(/ w1 .* done .* - +- +- +- +-$/m);
    expect(fleet).not.toContain('97');
    expect(textOf({ snapshot, columns: 200, rows: 50 })).toContain('BUSIEST LOOP run');
    expect(textOf({ snapshot: { ...snapshot, workers: Array(40).fill(workers[0]) } })).toMatch(
      /✓ Workers 40\/40 +all done$/m,
    );
  });

  it('shows as many labels as there is room for behind the target', () => {
    const labels = { commit: 'e9b4ca0', env: 'staging' };
    const headerOf = (columns: number): string =>
      screenOf({ snapshot: { ...steady, labels }, columns, rows: 24 })[0] ?? '';

    expect(headerOf(120)).toContain(':8000  commit=e9b4ca0 env=staging   katydid 0.1.0');
    expect(headerOf(90)).toContain(':8000  commit=e9b4ca0 +1  ');
    expect(headerOf(80)).toContain(':8000  +2 labels  ');
    expect(headerOf(70)).toContain('load.ts → http://127.0.0.1:8000  ');
  });

  it('shows the whole text of a failure below the list: of the first, or of the selected one', () => {
    const message = `expected ${'a word and '.repeat(20)}the end`;
    const [first, ...others] = steady.failures.shown;
    const shown = [
      first,
      { request: 'GET /long', message, count: 3, first: 1000, last: 5000 },
    ].flatMap((one) => one ?? []);
    const snapshot = { ...steady, failures: { kinds: 4, shown: [...shown, ...others] } };
    const selectedFailure = JSON.stringify(['GET /long', message]);
    const plain = (state: Partial<UiState>): string =>
      textOf({ snapshot, state: { view: 'failures', ...state } }).replaceAll(/\s+/g, ' ');

    expect(plain({})).toContain('POST /api/checkout HTTP 503 Service Unavailable ?');
    expect(plain({})).not.toContain('the end');
    expect(plain({ selectedFailure })).toContain(`3×, first at 0:01, last at 0:05`);
    expect(plain({ selectedFailure })).toContain(`GET /long ${message}`);
  });

  it('shows process and address of workers: in the list where it is wide, else of the selected one', () => {
    const state = { view: 'workers', selectedWorker: 'w2' } as const;

    expect(textOf({ state, columns: 120 })).toMatch(/▌w2 +load-01\.eu-west +10\.0\.0\.8 +41201 /);
    expect(textOf({ state })).toMatch(/▌w2 +load-01\.eu-west +41201 /);
    expect(textOf({ state })).toContain(
      'process 41201 on load-01.eu-west, address 10.0.0.8, clock',
    );
    expect(textOf({ state: { view: 'workers' } })).toContain('process 41200 on localhost');
  });

  it('says how much of the help a small window has no room for', () => {
    const state = { isHelpOpen: true };
    const small = screenOf({ state, columns: 60, rows: 16 });

    expect(small.at(-2)).toMatch(/^ \+\d+ more lines in a larger window +$/);
    expect(textOf({ state })).not.toContain('larger window');
  });

  it('names all three curves of the response times in the smallest of windows with charts', () => {
    const screen = textOf({ state: { view: 'charts' }, columns: 60, rows: 16 });

    for (const name of ['p50', 'p95', 'p99']) expect(screen).toContain(`${name} `);
  });

  it('says that failures are counted by kind', () => {
    expect(textOf({})).toContain('2 Failures 3 kinds');
    expect(textOf({ snapshot: { ...steady, failures: { kinds: 0, shown: [] } } })).toContain(
      '2 Failures 0  ',
    );
  });

  it('says in the checks how many exceptions of how many kinds there are', () => {
    expect(textOf({ snapshot: STATES.throwing })).toContain(
      '123k exceptions thrown by the load file, 2 different',
    );
  });

  it('uses no colour codes where there is to be no colour, but keeps bold and inverse', () => {
    const lines = frame(STATES.failing, INITIAL_STATE, 120, 40, {
      ...UNICODE,
      color: 'none',
    });
    const output = lines.map(ansiText).join('\n');

    // biome-ignore lint/suspicious/noControlCharactersInRegex: looks for escape sequences
    expect(output).not.toMatch(/\u001B\[(?:\d+;)*[34]\d/);
    expect(output).toContain('\u001B[1;7m STEADY ');
  });

  it('is pure ASCII where it has to be', () => {
    for (const snapshot of Object.values(STATES)) {
      for (const view of ['requests', 'failures', 'workers', 'charts', 'log'] as const) {
        expect(textOf({ snapshot, state: { view }, columns: 200, rows: 50, caps: ASCII })).toMatch(
          /^[\n -~]*$/,
        );
      }
    }
  });

  it('keeps every column of the table in its place when the values grow a thousandfold', () => {
    const later = snapshotOf({ second: 42 });
    const huge = snapshotOf({ scale: 1000 });

    for (const [columns, rows] of SIZES) {
      const titles = [steady, later, huge].map(
        (snapshot) =>
          screenOf({ snapshot, columns, rows })
            .find((line) => line.includes('NAME'))
            // The widest screen has a chart beside the table.
            ?.slice(0, 110) ?? '',
      );
      const starts = [steady, later, huge].map((snapshot) =>
        screenOf({ snapshot, columns, rows }).findIndex((line) => line.includes('/api/products')),
      );

      expect(new Set(titles).size).toBe(1);
      expect(new Set(starts).size).toBe(1);
    }
  });

  it('shows the names in the order in which they were first seen', () => {
    const rows = screenOf({})
      .slice(11, 19)
      .map((line) => line.slice(8, 27).trim());

    expect(rows).toEqual(SHOP.map(([, name]) => name));
  });

  it('lets nothing of a hostile name reach the terminal', () => {
    const snapshot = snapshotOf({
      names: [['GET', '/\u001B[2J\u001B[31mred\r\n\u202Eevil\u200B', 1, 5]],
    });

    const lines = frame(snapshot, INITIAL_STATE, 80, 24, { ...UNICODE, color: 'none' });

    // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what must not be there
    expect(lines.map(lineText).join('')).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u200B\u202E]/);
    expect(lines.every((line) => lineText(line).length === 80)).toBe(true);
  });

  it('hides a percentile that its samples cannot support', () => {
    const few = snapshotOf({ second: 1, users: 1, names: [['GET', '/', 1, 5]] });

    const row = screenOf({ snapshot: few }).find((line) => line.startsWith(' GET')) ?? '';

    expect(row.trim().split(/\s+/).slice(-3)).toEqual(['5.0', '-', '-']);
  });

  it('says that keys do not work where stdin is no terminal', () => {
    const screen = screenOf({ caps: { ...UNICODE, keys: false } });

    expect(screen.at(-1)).toContain('keys off: stdin is not a terminal');
  });

  it('shows the commands that work now and no others', () => {
    const keysIn = (snapshot: RunSnapshot): string => screenOf({ snapshot }).at(-1) ?? '';

    expect(keysIn(steady)).toContain('w/s user');
    expect(keysIn(STATES.stopping)).not.toContain('w/s user');
    expect(keysIn(STATES.stopping)).toContain('x cut now');
    expect(keysIn(STATES.finished)).not.toContain('x stop');
    expect(keysIn(STATES.waiting)).toContain('Enter start now');
  });
});
