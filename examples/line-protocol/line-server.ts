// A service that speaks lines over TCP, for the example beside it: `SET key value` is answered `OK`, `GET
// key` by `VALUE …` or `NONE`, anything else by `ERROR …`. It counts what it answers.
//
//   node examples/line-protocol/line-server.ts 7000
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { pathToFileURL } from 'node:url';

/** A server that is listening. */
export interface LineServer {
  readonly port: number;
  /** Commands answered, by their first word. */
  counts(): Readonly<Record<string, number>>;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
}

const LONGEST_LINE = 1000;

/**
 * Starts the service.
 *
 * @param port - 0 for any free one.
 */
export async function startLineServer(port = 0): Promise<LineServer> {
  const values = new Map<string, string>();
  const counts: Record<string, number> = {};
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let rest = '';
    socket.setEncoding('utf8');
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      if (rest.length > LONGEST_LINE) socket.destroy();
      for (const line of lines) {
        const [command = ''] = line.split(' ');
        counts[command] = (counts[command] ?? 0) + 1;
        socket.write(`${answerTo(values, line)}\n`);
      }
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', resolve);
  });
  return {
    // It listens on a port, so its address is no name of a pipe.
    port: (server.address() as AddressInfo).port,
    counts: () => ({ ...counts }),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function answerTo(values: Map<string, string>, line: string): string {
  const [command, key = '', ...words] = line.split(' ');
  if (command === 'SET' && key !== '') {
    values.set(key, words.join(' '));
    return 'OK';
  }
  if (command !== 'GET') return 'ERROR unknown command';
  const value = values.get(key);
  return value === undefined ? 'NONE' : `VALUE ${value}`;
}

// Started by hand, and not imported.
if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { port } = await startLineServer(Number(process.argv[2] ?? 7000));
  console.log(`line server: 127.0.0.1:${port}; Ctrl-C ends it`);
}
