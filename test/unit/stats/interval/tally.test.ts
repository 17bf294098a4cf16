import { describe, expect, it } from 'vitest';
import {
  decodeTally,
  encodeTally,
  TallyBook,
  tallyOf,
} from '../../../../src/stats/interval/tally.ts';
import { Recorder } from '../../../../src/stats/recorder/recorder.ts';

const OUTCOME = {
  ok: true,
  status: 200,
  error: undefined,
  sent: true,
  responseUs: 10,
  serviceUs: 10,
  lagUs: 0,
  ttfbUs: 5,
  bytesReceived: 1,
  contentBytes: 1,
  finishedAtUs: 100,
};

function begunRecorder(): Recorder {
  const recorder = new Recorder();
  recorder.begin(0, 0);
  return recorder;
}

describe('a tally of what was sent', () => {
  it('tells names once and counts that have changed', () => {
    const recorder = begunRecorder();
    const [a, b] = [recorder.nameOf('GET', '/a'), recorder.nameOf('POST', '/b')];
    recorder.sent(a);
    recorder.sent(b);
    recorder.sent(b);
    expect(recorder.takeTally()).toEqual({
      second: 0,
      newNames: [
        { method: 'GET', name: '/a' },
        { method: 'POST', name: '/b' },
      ],
      counts: [
        { index: 0, sent: 1 },
        { index: 1, sent: 2 },
      ],
    });
    expect(recorder.takeTally()).toBeUndefined();
    recorder.sent(a);
    expect(recorder.takeTally()).toEqual({
      second: 0,
      newNames: [],
      counts: [{ index: 0, sent: 2 }],
    });
  });

  it('moves what ended under another name than it was sent as to that name', () => {
    const recorder = begunRecorder();
    const [asked, answered] = [recorder.nameOf('GET', '/item'), recorder.nameOf('GET', '/item/ok')];
    recorder.sent(asked);
    recorder.takeTally();
    recorder.finished(asked, answered, OUTCOME);
    expect(recorder.takeTally()?.counts).toEqual([
      { index: 0, sent: 0 },
      { index: 1, sent: 1 },
    ]);
  });

  it('is put together by who hears it, and read back from its bytes', () => {
    const book = new TallyBook();
    const first = {
      second: -1,
      newNames: [{ method: 'GET', name: '/ä' }],
      counts: [{ index: 0, sent: 3 }],
    };
    book.apply(decodeTally(encodeTally(first)));
    book.apply({
      second: 7,
      newNames: [{ method: 'GET', name: '/b' }],
      counts: [
        { index: 0, sent: 5 },
        { index: 1, sent: 300 },
      ],
    });
    const again = tallyOf(encodeTally(book.whole()));
    expect(again.second).toBe(7);
    expect(again.total).toBe(305);
    expect(again.entries()).toEqual([
      { method: 'GET', name: '/ä', sent: 5 },
      { method: 'GET', name: '/b', sent: 300 },
    ]);
  });

  it('is refused where it counts a name that nobody named, or is cut anywhere', () => {
    const counts = [{ index: 1, sent: 3 }];
    const newNames = [{ method: 'GET', name: '/a' }];
    expect(() => new TallyBook().apply({ second: 0, newNames, counts })).toThrow(
      'a tally counts name 1',
    );
    const bytes = encodeTally({ second: 0, newNames, counts });
    for (let length = 0; length < bytes.length; length += 1) {
      expect(() => decodeTally(bytes.subarray(0, length))).toThrow();
    }
  });
});
