// Where a user goes next depends on where it is: each task names its possible successors and how likely
// they are. The first task declared is the first that runs.
//
//   katydid run examples/task-sets/markov.ts -u 20 -r 5 -t 1m
import { constant, HttpUser, MarkovTaskSet, task, transition, transitions } from 'katydid';

class Surf extends MarkovTaskSet {
  @transition('list') async front() {
    await this.client.get('/');
  }

  @transitions({ product: 3, front: 1 }) async list() {
    await this.client.get('/products');
  }

  // Nobody comes from a product to another without the list.
  @transition('list', 2) @transition('front') async product() {
    await this.client.get('/products/egg', { name: '/products/[id]' });
  }
}

export class Surfer extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.05);
  @task static Surf = Surf;
}
