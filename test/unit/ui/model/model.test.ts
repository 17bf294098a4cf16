import { describe, expect, it } from 'vitest';
import { inTerminal } from '../../../../src/base/outside-text.ts';
import { sparkline } from '../../../../src/ui/model/charts/sparkline.ts';
import {
  axisSpanMs,
  foldColumns,
  highestOf,
  meanOf,
} from '../../../../src/ui/model/charts/time-axis.ts';
import { canDrawScreen, detectCaps } from '../../../../src/ui/model/text/caps.ts';
import { logPosition, logRange, roundUp } from '../../../../src/ui/model/text/scale.ts';
import {
  displayWidth,
  nameCell,
  truncateEnd,
  truncateMiddle,
} from '../../../../src/ui/model/text/width.ts';
import { tableText } from '../../../../src/ui/model/views/table-text.ts';
import { snapshotOf } from '../../../support/snapshots.ts';

describe('widths', () => {
  it('counts 2 columns for wide characters and none for combining ones', () => {
    expect(displayWidth('検索')).toBe(4);
    expect(displayWidth('e\u0301')).toBe(1);
  });

  it('cuts paths in their middle, keeping more of the end', () => {
    expect(truncateMiddle('/api/products/[id]', 14, '…')).toBe('/api/…cts/[id]');
    expect(truncateMiddle('/short', 14, '…')).toBe('/short');
  });

  it('never cuts a wide character in half', () => {
    for (let width = 1; width < 20; width++) {
      expect(displayWidth(nameCell('検索/商品/日本語の名前', width, '…'))).toBe(width);
      expect(displayWidth(truncateEnd('検索検索検索検索検索検索', width, '…'))).toBeLessThanOrEqual(
        width,
      );
    }
  });

  it('makes control characters visible and harmless', () => {
    expect(inTerminal('a\tb\u001B[31mc\u202Ed')).toBe('a b?[31mc?d');
  });
});

describe('axisSpanMs', () => {
  it.each([
    [0, null, 60_000],
    [61_000, null, 120_000],
    [500_000, null, 960_000],
    [41_000, 60_000, 60_000],
    [5000, 30_000, 30_000],
    [250_000, 300_000, 300_000],
    [65_000, 60_000, 65_000],
  ])('covers, after %s ms of a limit of %s, %s ms', (elapsedMs, limitMs, spanMs) => {
    expect(axisSpanMs(elapsedMs, limitMs)).toBe(spanMs);
  });
});

describe('foldColumns', () => {
  const { history } = snapshotOf({ second: 6 });

  it('folds the seconds that fall into a column', () => {
    expect(foldColumns(history, meanOf([1, 3, 5, 7, 9, 11]), 60_000, 30)).toEqual([2, 6, 10]);
    expect(foldColumns(history, highestOf([1, null, 5, 7, null, null]), 60_000, 30)).toEqual([
      1,
      7,
      null,
    ]);
  });

  it('repeats a second that is wider than a column', () => {
    expect(foldColumns(history, meanOf([1, 2, 3, 4, 5, 6]), 6000, 12)).toEqual([
      1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 6,
    ]);
  });

  it('has nothing to fold before the first second', () => {
    expect(foldColumns(snapshotOf({ second: 0 }).history, meanOf([]), 60_000, 10)).toEqual([]);
  });
});

describe('scales', () => {
  it.each([
    [0, 1],
    [0.3, 0.3],
    [7, 8],
    [1001, 1500],
    [1500, 1500],
  ])('rounds %s up to %s', (value, top) => {
    expect(roundUp(value)).toBeCloseTo(top, 9);
  });

  it('spans all values in steps of 1, 2 and 5', () => {
    expect(logRange(12, 130)).toEqual({ bottom: 10, top: 200 });
    expect(logRange(10, 10)).toEqual({ bottom: 10, top: 100 });
  });

  it('keeps a value outside the axis at its end', () => {
    expect(logPosition(0, 10, 1000)).toBe(0);
    expect(logPosition(100, 10, 1000)).toBeCloseTo(0.5);
    expect(logPosition(1e9, 10, 1000)).toBe(1);
  });
});

describe('sparkline', () => {
  it('draws 0 lowest, the highest highest, and never a little as nothing', () => {
    expect(sparkline([0, 0.01, 50, 100, null], 100, '12345678')).toBe('1258 ');
  });
});

describe('detectCaps', () => {
  const terminal = {
    env: { LANG: 'en_US.UTF-8', TERM: 'xterm-256color' },
    stdinIsTty: true,
    platform: 'linux',
  };

  it('uses colours and Unicode in an ordinary terminal', () => {
    expect(detectCaps(terminal)).toEqual({ color: '16', glyphs: 'unicode', keys: true });
  });

  it('leaves colours out for NO_COLOR unless they are asked for', () => {
    const env = { ...terminal.env, NO_COLOR: '1' };

    expect(detectCaps({ ...terminal, env }).color).toBe('none');
    expect(detectCaps({ ...terminal, env, color: 'always' }).color).toBe('16');
    expect(detectCaps({ ...terminal, env: { ...env, NO_COLOR: '' } }).color).toBe('16');
  });

  it.each([
    [{ TERM: 'linux', LANG: 'C.UTF-8' }, 'linux'],
    [{ TERM: 'xterm', LANG: 'C.UTF-8', LC_ALL: 'C' }, 'linux'],
    [{ TERM: 'xterm' }, 'linux'],
    [{ LANG: 'C.UTF-8' }, 'win32'],
  ])('uses ASCII with %o on %s', (env, platform) => {
    expect(detectCaps({ ...terminal, env, platform }).glyphs).toBe('ascii');
  });

  it('draws no screen where output is piped, dumb or a build log', () => {
    expect(canDrawScreen(terminal.env, true)).toBe(true);
    expect(canDrawScreen({ ...terminal.env, CI: 'false' }, true)).toBe(true);
    expect(canDrawScreen(terminal.env, false)).toBe(false);
    expect(canDrawScreen({ ...terminal.env, CI: 'true' }, true)).toBe(false);
    expect(canDrawScreen({ TERM: 'dumb' }, true)).toBe(false);
  });
});

describe('tableText', () => {
  it('lists all names with all of them together last, in plain ASCII', () => {
    expect(tableText(snapshotOf())).toBe(
      [
        'load.ts -> http://127.0.0.1:8000',
        'steady at 0:41, 100/100 users, 0.10 % failed; times in ms, whole run',
        'METHOD NAME                    REQS FAIL %  /S 10s     p50     p95     p99',
        'GET    /                     12,261    0       336       3.1    11      25',
        'GET    /api/products          9,634    0       264       8.4    29      68',
        'GET    /api/products/[id]     8,758    0       240       6.2    22      50',
        'GET    /api/search            3,941    0       108      21      74     170',
        'GET    /api/cart              3,503    0        96.0     7.3    26      59',
        'POST   /api/cart              3,065    0        84.0    14      49     113',
        'POST   /api/checkout          1,752    1.48     48.0    48     168     389',
        'GET    /healthz                 876    0        24.0     0.8     2.8     6.5',
        'ALL    8 names               43,790    0.10  1,200      12      42      98',
        '',
      ].join('\n'),
    );
  });
});
