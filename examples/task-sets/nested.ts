// Task sets are places where a user stays for a while. They nest, each with its own wait time, and are
// left by `interrupt()`.
//
//   katydid run examples/task-sets/nested.ts -u 20 -r 5 -t 1m
import { constant, HttpUser, TaskSet, task } from 'katydid';

export class Visitor extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.1);

  @task async front() {
    await this.client.get('/');
  }

  @task(4) static Catalogue = class extends TaskSet {
    waitTime = constant(0.02);

    async onStart() {
      await this.client.get('/products');
    }

    @task(2) async product() {
      await this.client.get('/products/drum', { name: '/products/[id]' });
    }

    @task static Search = class extends TaskSet {
      @task async search() {
        await this.client.get('/search', { params: { q: 'drum' } });
        // Back to the catalogue, whose tasks go on at once.
        this.interrupt();
      }
    };

    @task async leave() {
      this.interrupt(false);
    }
  };
}
