import { HttpUser, task } from 'katydid';

/** Reads the body as JSON and one header of every answer. */
export class ReadJson extends HttpUser {
  seen = 0;

  @task async read(): Promise<void> {
    const answer = await this.client.get('/json');
    const thing = answer.json() as { readonly id: number };
    if (answer.headers.get('x-served-by') === 'bench') this.seen += thing.id;
  }
}
