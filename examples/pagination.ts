// Reads a list to its end, page by page, as the answers point the way. All pages are one row in the
// report.
//
//   katydid run examples/pagination.ts -u 20 -r 5 -t 1m
import { constant, HttpUser, task } from 'katydid';

interface Page {
  readonly items: readonly { readonly id: number }[];
  readonly next: string | null;
}

export class Reader extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.1);

  @task async readAll() {
    let next: string | null = '/items?page=1';
    let count = 0;
    while (next !== null) {
      const answer = await this.client.get(next, { name: '/items' });
      // Ends the task; the failed request is in the report already.
      answer.raiseForStatus();
      const page: Page = answer.json();
      count += page.items.length;
      next = page.next;
    }
    if (count !== 45) throw new Error(`the list had ${count} items`);
  }
}
