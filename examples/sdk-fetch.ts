// Puts the SDK of a service under load as it is: whatever takes a `fetch` can be handed the user's own,
// which is measured like every other request.
//
//   katydid run examples/sdk-fetch.ts -u 20 -r 5 -t 1m
import { constant, HttpUser, task } from 'katydid';

/** Stands for a package of somebody else's. */
class RoomsSdk {
  readonly #fetch: typeof fetch;
  readonly #baseUrl: string;

  constructor(settings: { readonly baseUrl: string; readonly fetch: typeof fetch }) {
    this.#fetch = settings.fetch;
    this.#baseUrl = settings.baseUrl;
  }

  async open(): Promise<string> {
    const answer = await this.#fetch(`${this.#baseUrl}/rooms`, { method: 'POST' });
    const room: { readonly id: string } = await answer.json();
    return room.id;
  }

  async close(id: string): Promise<void> {
    await this.#fetch(new Request(`${this.#baseUrl}/rooms/${id}`, { method: 'DELETE' }));
  }
}

export class SdkUser extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.1);
  readonly #rooms = new RoomsSdk({ baseUrl: this.host, fetch: this.client.fetch });

  @task async meeting() {
    // The SDK chooses its own URLs; this groups them.
    const id = await this.client.renameRequest('/rooms', () => this.#rooms.open());
    await this.client.renameRequest('/rooms/[id]', () => this.#rooms.close(id));
  }
}
