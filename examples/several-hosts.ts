// Several services in one test: a class for each, and one class that talks to two. A `--host` on the
// command line would go before all of them; here each has an option of its own.
//
//   node examples/practice-server.ts 8001
//   katydid run examples/several-hosts.ts --shop-url http://127.0.0.1:8000 --search-url http://127.0.0.1:8001
import { constant, defineOptions, HttpUser, task } from 'katydid';

export const options = defineOptions({
  shopUrl: { default: 'http://127.0.0.1:8000', help: 'Where the shop is' },
  searchUrl: { default: 'http://127.0.0.1:8001', help: 'Where its search is' },
});

export class ShopUser extends HttpUser {
  static host = options.shopUrl;
  waitTime = constant(0.1);

  // The same user, its connections and its cookies, and another host; counted in the same report.
  readonly search = this.client.extend({
    baseUrl: options.searchUrl,
    headers: { 'x-via': 'shop' },
  });

  @task async buy() {
    await this.search.get('/search', { params: { q: 'bread' } });
    await this.client.get('/products/bread', { name: '/products/[id]' });
  }
}

export class SearchUser extends HttpUser {
  static host = options.searchUrl;
  waitTime = constant(0.1);

  @task async search() {
    await this.client.get('/search', { params: { q: 'apple' }, name: '/search (direct)' });
  }
}
