// GraphQL sends everything to one address and reports mistakes with status 200: name each operation,
// and look into the answer.
//
//   katydid run examples/graphql.ts -u 20 -r 5 -t 1m
import { constant, type HttpResponse, HttpUser, task } from 'katydid';

const PRODUCTS = 'query Products { products }';
const PRODUCT = 'query Product($id: ID!) { product(id: $id) { id } }';

export class GraphqlUser extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.05);

  @task async products() {
    await this.#query('Products', PRODUCTS);
  }

  @task(3) async product() {
    const products = ['apple', 'bread', 'candle'];
    await this.#query('Product', PRODUCT, { id: products[this.iteration % products.length] });
  }

  #query(operationName: string, query: string, variables: object = {}): Promise<HttpResponse> {
    return this.client.post('/graphql', {
      name: `/graphql ${operationName}`,
      json: { operationName, query, variables },
      check: (answer) => answer.json().errors?.[0].message ?? answer.status === 200,
    });
  }
}
