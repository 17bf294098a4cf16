import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { NameTotals } from '../../../../src/stats/interval/name-totals.ts';
import { type RecordedSecond, Recorder } from '../../../../src/stats/recorder/recorder.ts';
import { outcome, plainNameStats, refused } from '../../../unit/stats/sample-intervals.ts';

const START_US = 123_456_789.5;

/** What a client may do next; those that need an exchange in flight do nothing without one. */
const anyStep = fc.record({
  kind: fc.constantFrom('sent', 'finished', 'redirected', 'abandoned', 'refused', 'rotate', 'take'),
  name: fc.nat({ max: 5 }),
  passUs: fc.oneof(fc.nat({ max: 1000 }), fc.nat({ max: 2_500_000 })),
  responseUs: fc.nat({ max: 10_000_000 }),
});

describe('Recorder', () => {
  it('gives everything recorded exactly once, each request in the second it finished in', () => {
    fc.assert(
      fc.property(fc.array(anyStep, { maxLength: 150 }), (steps) => {
        const recorder = new Recorder({ maxNames: 4 });
        const given: RecordedSecond[] = [];
        const finishedBySecond = new Map<number, number>();
        const expected = new NameTotals('', '');
        const inFlight = [0, 0, 0, 0, 0, 0];
        const totals = new NameTotals('', '');
        let sentCount = 0;
        let nowUs = START_US;
        recorder.begin(START_US, nowUs);
        const take = (): void => {
          for (const recorded of recorder.takePending()) {
            for (const stats of recorded.names) totals.add(stats);
            const finished = recorded.names.reduce((n, s) => n + s.succeeded + s.failed, 0);
            expect(finished).toBe(finishedBySecond.get(recorded.second) ?? 0);
            given.push({ ...recorded, names: recorded.names.map((stats) => ({ ...stats })) });
            recorder.recycle(recorded);
          }
        };

        for (const { kind, name, passUs, responseUs } of steps) {
          nowUs += passUs;
          const entry = recorder.nameOf('GET', `/${name}`);
          const second = Math.floor((nowUs - START_US) / 1e6);
          const ended = outcome({ responseUs, finishedAtUs: nowUs });
          if (kind === 'sent') {
            recorder.sent(entry);
            inFlight[name] = Number(inFlight[name]) + 1;
            sentCount += 1;
          } else if (kind === 'refused') {
            recorder.finished(entry, entry, refused({ finishedAtUs: nowUs }));
            finishedBySecond.set(second, (finishedBySecond.get(second) ?? 0) + 1);
            expected.failed += 1;
          } else if (kind === 'rotate') {
            recorder.rotate(nowUs);
          } else if (kind === 'take') {
            take();
          } else if (Number(inFlight[name]) > 0) {
            inFlight[name] = Number(inFlight[name]) - 1;
            if (kind === 'finished') {
              recorder.finished(entry, entry, ended);
              finishedBySecond.set(second, (finishedBySecond.get(second) ?? 0) + 1);
              expected.succeeded += 1;
              expected.succeededResponse.record(responseUs);
            } else {
              recorder[kind](entry, 10, nowUs);
              expected[kind] += 1;
            }
          }
        }
        recorder.flush(nowUs);
        take();

        const { succeeded, failed, abandoned, redirected } = expected;
        expect(totals).toMatchObject({ succeeded, failed, abandoned, redirected });
        expect(totals.notSent).toBe(failed);
        expect(plainNameStats(totals)).toMatchObject({
          succeededResponse: { sumUs: expected.succeededResponse.sumUs },
          failedResponse: { count: failed },
          service: { count: succeeded + failed },
        });
        expect(given.map(({ second }) => second)).toEqual(given.map((_, index) => index));
        const level = (given.at(-1)?.names ?? []).reduce((sum, stats) => sum + stats.inFlight, 0);
        expect(level).toBe(inFlight.reduce((sum, one) => sum + one, 0));
        expect(sentCount).toBe(succeeded + abandoned + redirected + level);
      }),
      { numRuns: 150 },
    );
  });
});
