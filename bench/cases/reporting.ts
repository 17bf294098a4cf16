import { NO_STALLS } from '../../src/stats/interval/interval.ts';
import { encodeInterval } from '../../src/stats/interval/interval-codec.ts';
import { Recorder, toInterval } from '../../src/stats/recorder/recorder.ts';
import { type BenchRow, reportBench } from '../harness/bench-report.ts';
import { median, spreadRatio } from '../harness/figures.ts';

const NAMES = 500;
const REQUESTS_A_NAME = 10;
const SECONDS = 300;
/** The first ones are still being compiled; a worker has the rest of its run to itself. */
const WARM_UP_SECONDS = 100;
const GOAL_MS = 1;

const HEALTH = {
  stalls: NO_STALLS,
  cpuRatio: 0.5,
  loopRatio: 0.5,
  memoryBytes: 8e7,
  clockOffsetUs: 0,
  clockErrorUs: 50,
};

/** For how long a worker's users stand still once a second, while it reports 500 names. */
export async function benchReporting(): Promise<void> {
  const recorder = new Recorder();
  recorder.begin(0, 0);
  const times: number[] = [];
  let bytes = 0;
  for (let second = 0; second < SECONDS; second += 1) {
    record(recorder, second);
    const startMs = performance.now();
    recorder.rotate((second + 1) * 1e6);
    for (const recorded of recorder.takePending()) {
      bytes = encodeInterval(toInterval(recorded, 1, HEALTH)).length;
      recorder.recycle(recorded);
    }
    if (second >= WARM_UP_SECONDS) times.push(performance.now() - startMs);
  }
  // The middle of the quicker half: beside other work, the others show that work's turns.
  const quick = times.toSorted((a, b) => a - b).slice(0, times.length / 2);
  reportBench('reporting', [rowOf(median(quick), spreadRatio(quick), bytes)]);
}

function rowOf(ms: number, spread: number, bytes: number): BenchRow {
  return {
    case: `${NAMES} names, ${REQUESTS_A_NAME} requests each`,
    subject: 'users thread',
    value: `${ms.toFixed(2)} ms a second`,
    number: ms,
    spread,
    goal: `≤ ${GOAL_MS} ms`,
    isMet: ms <= GOAL_MS,
    note: `an interval of ${(bytes / 1000).toFixed(0)} kB`,
  };
}

/** A second's requests: each name has its own spread of times, from 1 to 20 ms. */
function record(recorder: Recorder, second: number): void {
  for (let index = 0; index < NAMES; index += 1) {
    const name = recorder.nameOf('GET', `/route/${index}`);
    for (let request = 0; request < REQUESTS_A_NAME; request += 1) {
      const us = 900 + ((index * 131 + second * 37 + request * 977) % 20_000);
      recorder.sent(name);
      recorder.finished(name, name, {
        ...{ ok: true, status: 200, error: undefined, sent: true },
        ...{ responseUs: us, serviceUs: us - 20, lagUs: us % 50, ttfbUs: us - 30 },
        ...{ bytesReceived: 300, contentBytes: 200 },
        finishedAtUs: second * 1e6 + request,
      });
    }
  }
}
