// Leaves nothing behind: `onStop` runs once for every user whose `onStart` ended well, also when users
// are taken away and when the run is stopped, within `--stop-timeout`.
//
//   katydid run examples/cleanup-on-stop.ts -u 20 -r 5 -t 1m
import { constant, HttpUser, task } from 'katydid';

export class Host extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.1);
  #room = '';

  async onStart() {
    const opened = await this.client.post('/rooms');
    opened.raiseForStatus();
    this.#room = opened.json().id;
  }

  @task async look() {
    await this.client.get(`/rooms/${this.#room}`, { name: '/rooms/[id]' });
  }

  async onStop() {
    await this.client.delete(`/rooms/${this.#room}`, { name: '/rooms/[id]' });
  }
}
