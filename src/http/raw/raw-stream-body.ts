import type { Socket } from 'node:net';
import { LengthMismatch } from '../exchange/http-errors.ts';

/** Where a streamed body goes. */
export interface StreamTarget {
  readonly socket: Socket;
  /** Head without the lines about the body. */
  readonly lead: string;
  /** `content-length` as the script gave it; -1: in chunks. */
  readonly givenLength: number;
  /** Whether to go on: false once the exchange is over. */
  readonly isWanted: () => boolean;
  /** The first bytes are being written now. */
  readonly begun: () => void;
}

/**
 * Writes head and body, the head together with the first chunk, no faster than the socket takes them.
 * Resolves when all was handed over, or nobody wants it any more; the stream is then closed.
 *
 * @throws What the stream throws; `LengthMismatch`.
 */
export async function writeStream(
  body: AsyncIterable<Uint8Array>,
  target: StreamTarget,
): Promise<void> {
  const { socket, givenLength } = target;
  let sentBytes = 0;
  for await (const chunk of body) {
    if (!target.isWanted()) return;
    if (chunk.length === 0) continue;
    if (givenLength >= 0 && sentBytes + chunk.length > givenLength) throw new LengthMismatch();
    writeChunk(target, chunk, sentBytes === 0);
    sentBytes += chunk.length;
    if (socket.writableNeedDrain) await drained(socket);
    if (!target.isWanted()) return;
  }
  if (!target.isWanted()) return;
  if (givenLength >= 0 && sentBytes !== givenLength) throw new LengthMismatch();
  if (sentBytes === 0) {
    target.begun();
    socket.write(`${target.lead}content-length: 0\r\n\r\n`, 'latin1');
  } else if (givenLength < 0) socket.write('0\r\n\r\n', 'latin1');
}

function writeChunk(target: StreamTarget, chunk: Uint8Array, isFirst: boolean): void {
  const { socket, lead, givenLength } = target;
  const isChunked = givenLength < 0;
  socket.cork();
  if (isFirst) {
    target.begun();
    const framing = isChunked ? 'transfer-encoding: chunked' : `content-length: ${givenLength}`;
    socket.write(`${lead}${framing}\r\n\r\n`, 'latin1');
  }
  if (isChunked) socket.write(`${chunk.length.toString(16)}\r\n`, 'latin1');
  socket.write(chunk);
  if (isChunked) socket.write('\r\n', 'latin1');
  socket.uncork();
}

/** Resolves when the socket takes more, or never will. */
function drained(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      socket.off('drain', done);
      socket.off('close', done);
      resolve();
    };
    socket.on('drain', done);
    socket.on('close', done);
    if (socket.destroyed) done();
  });
}
