import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Exchange, RequestHead } from '../../../../src/http/exchange/exchange.ts';
import { ResponseHeaders } from '../../../../src/http/exchange/response-headers.ts';
import { Answer } from '../../../../src/http/request/answer.ts';
import { AnswerStream } from '../../../../src/http/request/answer-stream.ts';

const HEAD = new RequestHead('GET', 'http://h', '/', []);
const LIMITS = { timeoutSeconds: 0, maxBodyBytes: 1000 };
const LISTENER = { exchangeSent: () => undefined, exchangeEnded: () => undefined };
const ASKED = { method: 'GET', url: 'http://h/', askedUs: 0, history: [], context: undefined };

/** A stream whose head has arrived, and what it asked of its request. */
async function openStream(headers: Record<string, string> = {}) {
  const stream = new AnswerStream();
  const asked: string[] = [];
  const exchange = new Exchange(HEAD, null, 0, LIMITS, LISTENER);
  exchange.setHead(200, new ResponseHeaders(headers));
  stream.open(new Answer(exchange, ASKED, undefined), 1000, {
    cancelBody: () => void asked.push('cancel'),
    abort: (failure) => void asked.push(failure),
  });
  const { body } = await stream.head;
  return { stream, asked, body };
}

describe('AnswerStream', () => {
  it('keeps pieces that come before anybody reads, and none of the memory they were lent in', async () => {
    const { stream, body } = await openStream();
    const lent = Buffer.from('one');
    stream.receive(lent);
    lent.write('two');
    stream.receive(lent);
    const ends: (string | undefined)[] = [];
    stream.finish((failure) => ends.push(failure));

    expect(await new Response(body).text()).toBe('onetwo');
    expect(ends).toEqual([undefined]);
    expect(stream.contentBytes).toBe(6);
  });

  it('reads into memory of the script, and ends there too', async () => {
    const { stream, body } = await openStream();
    const reader = body.getReader({ mode: 'byob' });
    const first = reader.read(new Uint8Array(10));
    stream.receive(Buffer.from('one'));
    const { value } = await first;
    const last = reader.read(new Uint8Array(10));
    stream.finish(() => undefined);

    expect(Buffer.from(value ?? []).toString()).toBe('one');
    expect((await last).done).toBe(true);
  });

  it('cancels its request once, where it is cancelled twice and given up', async () => {
    const { stream, asked, body } = await openStream();

    await body.cancel();
    await body.cancel();
    stream.giveUpUnread();

    expect(asked).toEqual(['cancel']);
    expect(stream.isCancelled).toBe(true);
  });

  it('gives nothing up before its head has arrived', () => {
    const stream = new AnswerStream();

    stream.giveUpUnread();

    expect(stream.isCancelled).toBe(false);
  });

  it('is not given up where its last byte is there and it is still being decoded', async () => {
    const { stream, asked, body } = await openStream({ 'content-encoding': 'gzip' });
    stream.receive(gzipSync('unread'));
    const whole = new Promise((resolve) => stream.finish(resolve));

    stream.giveUpUnread();

    expect(await whole).toBeUndefined();
    expect([stream.contentBytes, stream.isCancelled, asked]).toEqual([6, false, []]);
    expect(await new Response(body).text()).toBe('unread');
  });

  it('takes no piece after it was broken off', async () => {
    const { stream, asked, body } = await openStream();

    stream.breakOff(new Error('gone'));
    stream.receive(Buffer.from('one'));

    await expect(new Response(body).text()).rejects.toThrow('gone');
    expect([stream.contentBytes, asked]).toEqual([0, []]);
  });
});
