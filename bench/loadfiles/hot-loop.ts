import { HttpUser, task } from 'katydid';

/** The cheapest thing a scripted user can do, statistics and all. */
export class HotLoop extends HttpUser {
  static override http = { insecure: true };

  @task async get(): Promise<void> {
    await this.client.get('/');
  }
}
