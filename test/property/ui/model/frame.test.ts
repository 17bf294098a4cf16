import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type {
  Percentiles,
  RunSnapshot,
  StatsWindow,
} from '../../../../src/stats/snapshot/run-snapshot.ts';
import { frame } from '../../../../src/ui/model/frame.ts';
import { onKey } from '../../../../src/ui/model/keys/on-key.ts';
import { onSnapshot } from '../../../../src/ui/model/state/on-snapshot.ts';
import { INITIAL_STATE, type UiState } from '../../../../src/ui/model/state/ui-state.ts';
import { lineText } from '../../../../src/ui/model/text/line.ts';
import { displayWidth } from '../../../../src/ui/model/text/width.ts';
import { tableText } from '../../../../src/ui/model/views/table-text.ts';
import { snapshotOf } from '../../../support/snapshots.ts';

const ms = fc.option(fc.oneof(fc.double({ min: 0, max: 1e8, noNaN: true }), fc.double()), {
  nil: null,
});
const amount = fc.oneof(fc.nat(), fc.double({ min: 0, max: 1e12, noNaN: true }));
const text = fc.oneof(fc.string({ maxLength: 60 }), fc.string({ unit: 'binary', maxLength: 30 }));

const percentiles: fc.Arbitrary<Percentiles> = fc.record({
  p50: ms,
  p90: ms,
  p95: ms,
  p99: ms,
  p999: ms,
  min: ms,
  avg: ms,
  max: ms,
});

const statsWindow: fc.Arbitrary<StatsWindow> = fc.record({
  n: fc.nat(),
  fails: fc.nat(),
  rps: amount,
  failPs: amount,
  response: percentiles,
  service: percentiles,
  lag: percentiles,
});

const request = fc.record({
  method: text,
  name: text,
  now: statsWindow,
  run: statsWindow,
  trend: fc.array(amount, { maxLength: 60 }),
});

const snapshots: fc.Arbitrary<RunSnapshot> = fc
  .record({
    state: fc.constantFrom('waiting', 'ramping', 'steady', 'stopping', 'finished'),
    second: fc.nat({ max: 200 }),
    limitS: fc.option(fc.nat({ max: 4000 }), { nil: null }),
    users: fc.nat({ max: 1e7 }),
    workers: fc.nat({ max: 300 }),
    window: statsWindow,
    requests: fc.array(request, { maxLength: 40 }),
    texts: fc.array(text, { minLength: 8, maxLength: 8 }),
    count: fc.nat(),
    level: fc.constantFrom('pending', 'valid', 'suspect', 'invalid'),
    status: fc.constantFrom('ready', 'running', 'late', 'lost', 'rejoined', 'done'),
  })
  .map(
    ({ state, second, limitS, users, workers, window, requests, texts, count, level, status }) => {
      const base = snapshotOf({ state, second, limitS, users, workers: Math.max(1, workers) });
      const [
        script = '',
        host = '',
        join = '',
        reason = '',
        advice = '',
        failure = '',
        message = '',
        log = '',
      ] = texts;
      return {
        ...base,
        script,
        host,
        joinCommand: join,
        labels: Object.fromEntries(texts.slice(0, count % 4).map((key) => [key, reason])),
        now: window,
        run: window,
        verdict: { level, reason, advice },
        workers: base.workers.map((worker, i) =>
          i % 7 === 0 ? { ...worker, status, host } : worker,
        ),
        requests: requests.map((one, i) => ({ ...one, key: `${one.method} ${one.name} ${i}` })),
        failures: {
          kinds: count,
          shown:
            count === 0
              ? []
              : [{ request: failure, message, count, first: -5, last: second * 1000 }],
        },
        thresholds: texts.map((metric) => ({
          metric,
          limit: '<1',
          now: null,
          state: 'pending' as const,
          why: reason,
        })),
        log: texts.map((line, i) => ({
          at: i * 1000 - 3000,
          level: 'warn' as const,
          text: log + line,
        })),
      };
    },
  );

const states: fc.Arbitrary<UiState> = fc
  .record({
    view: fc.constantFrom('requests', 'failures', 'workers', 'charts', 'log'),
    isHelpOpen: fc.boolean(),
    clock: fc.constantFrom('response', 'service', 'lag'),
    isRecent: fc.boolean(),
    sort: fc.constantFrom('seen', 'name', 'p95'),
    isReversed: fc.boolean(),
    filter: fc.oneof(fc.constant(''), text),
    selectedFailure: fc.option(fc.constant(JSON.stringify(['', '']))),
    selectedWorker: fc.option(fc.nat({ max: 300 }).map((number) => `w${number}`)),
    logBack: fc.nat({ max: 600 }),
    prompt: fc.option(fc.record({ kind: fc.constantFrom('users', 'rate', 'filter'), text }), {
      nil: null,
    }),
    notice: fc.option(text, { nil: null }),
  })
  .map((some) => ({ ...INITIAL_STATE, ...some }));

describe('frame', () => {
  it('is exactly as high and wide as it has to be, whatever the run and the window', () => {
    const sizes = fc.record({
      columns: fc.integer({ min: 20, max: 250 }),
      rows: fc.integer({ min: 5, max: 80 }),
    });
    const caps = fc.record({
      color: fc.constantFrom('none', '16'),
      glyphs: fc.constantFrom('unicode', 'ascii'),
      keys: fc.boolean(),
    });

    fc.assert(
      fc.property(snapshots, states, sizes, caps, (snapshot, state, { columns, rows }, caps_) => {
        const lines = frame(snapshot, state, columns, rows, caps_).map(lineText);

        expect(lines).toHaveLength(rows - 1);
        for (const line of lines) expect(displayWidth(line)).toBe(columns);
      }),
      { numRuns: 150 },
    );
  });

  it('never shows a value that is none, nor a time before the start', () => {
    const sizes = fc.record({
      columns: fc.integer({ min: 20, max: 250 }),
      rows: fc.integer({ min: 5, max: 80 }),
    });

    fc.assert(
      fc.property(snapshots, sizes, (snapshot, { columns, rows }) => {
        const quiet = {
          ...snapshot,
          script: '',
          host: '',
          labels: {},
          requests: [],
          thresholds: [],
          log: snapshot.log.map((line) => ({ ...line, text: '' })),
        };
        const plain: RunSnapshot = {
          ...quiet,
          joinCommand: '',
          verdict: { level: snapshot.verdict.level, reason: '' },
          workers: snapshot.workers.map((worker) => ({ ...worker, host: '' })),
          failures: { kinds: 0, shown: [] },
        };
        const screen = frame(plain, INITIAL_STATE, columns, rows, {
          color: '16',
          glyphs: 'unicode',
          keys: true,
        })
          .map(lineText)
          .join('\n');

        expect(screen).not.toMatch(/NaN|undefined|null|Infinity|-\d+:\d|[−-]\d+(\.\d+)? m?s/);
      }),
      { numRuns: 100 },
    );
  });
});

describe('onKey', () => {
  it('takes any sequence of keys without a fault, and asks for nothing but by a key for it', () => {
    const keys = fc.array(
      fc.tuple(
        fc.string({ maxLength: 3 }),
        fc.record({ upArrow: fc.boolean(), return: fc.boolean(), escape: fc.boolean() }),
      ),
    );

    fc.assert(
      fc.property(snapshots, keys, (snapshot, sequence) => {
        let state = INITIAL_STATE;
        for (const [input, key] of sequence) {
          state = onSnapshot(onKey(state, input, key, snapshot).state, snapshot, snapshot);
        }

        expect(
          frame(snapshot, state, 80, 24, { color: '16', glyphs: 'unicode', keys: true }),
        ).toHaveLength(23);
      }),
      { numRuns: 60 },
    );
  });
});

describe('tableText', () => {
  it('has a line for each name, whatever the names are', () => {
    fc.assert(
      fc.property(snapshots, (snapshot) => {
        const lines = tableText(snapshot).split('\n');

        expect(lines).toHaveLength(snapshot.requests.length + 5);
      }),
      { numRuns: 60 },
    );
  });
});
