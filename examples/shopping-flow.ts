// A visit to a shop, step after step: look around, fill the cart, pay. A `SequentialTaskSet` keeps the
// order; a weight in it says how often in a row a step is taken.
//
//   katydid run examples/shopping-flow.ts -u 20 -r 5 -t 1m
import { between, HttpUser, SequentialTaskSet, task } from 'katydid';

const PRODUCTS = ['apple', 'bread', 'candle', 'drum', 'egg'];

class Visit extends SequentialTaskSet<Shopper> {
  #inCart = 0;

  @task async front() {
    await this.client.get('/products');
  }

  @task(2) async pick() {
    const product = PRODUCTS[Math.floor(this.random() * PRODUCTS.length)];
    // One row in the report for all products, not one for each.
    const page = await this.client.get(`/products/${product}`, { name: '/products/[id]' });
    if (!page.ok) return;
    const added = await this.client.post('/cart', { json: { product } });
    if (added.ok) this.#inCart += 1;
  }

  @task async pay() {
    await this.client.post('/checkout', {
      check: (answer) => answer.json().items === this.#inCart || 'not what was in the cart',
    });
    // The visit is over; the user begins another.
    this.interrupt();
  }
}

export class Shopper extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  static tasks = [Visit];
  waitTime = between(0.05, 0.1);

  async onStart() {
    const user = `shopper-${this.index}`;
    const answer = await this.client.post('/login', { form: { user, password: `secret-${user}` } });
    answer.raiseForStatus();
  }
}
