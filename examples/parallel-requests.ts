// A page with what belongs to it, as a browser loads it: the page first, then all the rest at once, over
// further connections of the same user (at most 6).
//
//   katydid run examples/parallel-requests.ts -u 20 -r 5 -t 1m
import { constant, HttpUser, task } from 'katydid';

export class Browser extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.2);

  @task async page() {
    const page = await this.client.get('/page');
    const assets = [...page.text().matchAll(/(?:src|href)="([^"]+)"/g)].map(([, url = '']) => url);
    await this.client.renameRequest('/assets/[id]', () =>
      Promise.all(assets.map((url) => this.client.get(url))),
    );
  }
}
