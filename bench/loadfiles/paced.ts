import { constantThroughput, HttpUser, task } from 'katydid';

/** Iterations on an absolute schedule: `BENCH_PER_SEC` a second in each user. */
export class Paced extends HttpUser {
  override waitTime = constantThroughput(Number(process.env['BENCH_PER_SEC']));

  @task async get(): Promise<void> {
    await this.client.get('/');
  }
}
