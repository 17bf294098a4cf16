// The same without TypeScript and without decorators: `static tasks` takes functions, names of methods and
// task sets, each alone or with its weight.
//
//   katydid run examples/plain-javascript.mjs -u 20 -r 5 -t 1m
import { between, HttpUser } from 'katydid';

async function search(user) {
  await user.client.get('/search', { params: { q: 'candle' } });
}

export class Visitor extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  static tasks = [['front', 3], search];
  waitTime = between(0.05, 0.1);

  async front() {
    await this.client.get('/');
  }
}
