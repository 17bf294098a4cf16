// Files in a form, as a browser sends them. The bytes are made once and sent by all users.
//
//   katydid run examples/upload.ts -u 10 -r 5 -t 1m
import { constant, HttpUser, task } from 'katydid';

const picture = new Blob([new Uint8Array(50_000).fill(7)], { type: 'image/png' });

export class Uploader extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.2);

  @task async upload() {
    const form = new FormData();
    form.set('title', `picture ${this.iteration} of user ${this.index}`);
    form.set('file', picture, 'picture.png');
    await this.client.post('/uploads', {
      body: form,
      check: (answer) => answer.json().bytes === picture.size || 'not all of it arrived',
    });
  }
}
