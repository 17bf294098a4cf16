// A protocol of one's own: lines over TCP. `events.request.measure` times what it is given and records
// it; such requests are in the ledger, the CSV, the JSON and on the screen like those of HTTP. One that
// throws is a failure under the error's message.
//
//   node examples/line-protocol/line-server.ts 7000
//   katydid run examples/line-protocol/loadfile.ts --set LineReader.host=tcp://127.0.0.1:7000 -u 20 -r 5 -t 1m
import { constant, events, task, User } from 'katydid';
import { LineClient } from './line-client.ts';

/** What every class of users for this service begins with. */
abstract class LineUser extends User {
  static abstract = true;
  #client: LineClient | undefined;

  async onStart() {
    const { hostname, port } = new URL(this.host);
    this.#client = await LineClient.open(hostname, Number(port));
  }

  onStop() {
    this.#client?.close();
  }

  /** Asks, and counts it under the command's name. */
  ask(command: string, ...words: readonly string[]): Promise<string> {
    return events.request.measure('LINE', command, async () => {
      const answer = await this.#client?.ask([command, ...words].join(' '));
      if (answer === undefined || answer.startsWith('ERROR'))
        throw new Error(answer ?? 'no client');
      return answer;
    });
  }
}

export class LineReader extends LineUser {
  static host = 'tcp://127.0.0.1:7000';
  waitTime = constant(0.05);

  @task async writeAndRead() {
    const key = `key-${this.index}`;
    const value = `value ${this.iteration}`;
    await this.ask('SET', key, value);
    const answer = await this.ask('GET', key);
    if (answer !== `VALUE ${value}`) throw new Error(`wrote ${value}, read ${answer}`);
  }
}
