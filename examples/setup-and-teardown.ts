// Prepares the system once for the whole run and tidies up after it. `setup` runs on the master before
// the first user, and what it returns is `environment.data` on every worker; neither is in the figures.
//
//   katydid run examples/setup-and-teardown.ts -u 20 -r 5 -t 1m
import { constant, environment, HttpUser, task } from 'katydid';

interface Data {
  readonly room: string;
}

const host = 'http://127.0.0.1:8000';

export async function setup(): Promise<Data> {
  const answer = await fetch(`${environment.host || host}/rooms`, { method: 'POST' });
  const { id } = (await answer.json()) as { readonly id: string };
  return { room: id };
}

export async function teardown(data: Data) {
  await fetch(`${environment.host || host}/rooms/${data.room}`, { method: 'DELETE' });
}

export class Guest extends HttpUser {
  static host = host;
  waitTime = constant(0.1);

  @task async look() {
    const { room } = this.environment.data as Data;
    await this.client.get(`/rooms/${room}`, { name: '/rooms/[id]' });
  }
}
