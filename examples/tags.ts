// Tags choose tasks from the command line: `-T read` runs only what reads, `-E slow` leaves out what is
// slow. Exclusion wins; tags of a task set hold for all its tasks.
//
//   katydid run examples/tags.ts -T read -E slow -u 20 -r 5 -t 1m
import { constant, HttpUser, TaskSet, tag, task } from 'katydid';

@tag('write')
class Meetings extends TaskSet {
  @task async open() {
    const room = (await this.client.post('/rooms')).json().id;
    await this.client.delete(`/rooms/${room}`, { name: '/rooms/[id]' });
    this.interrupt();
  }
}

export class Tagged extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.05);

  @tag('read') @task async list() {
    await this.client.get('/products');
  }

  @tag('read', 'slow') @task async search() {
    await this.client.get('/search', { params: { q: `word ${this.iteration}` } });
  }

  @task static Meetings = Meetings;
}
