import { constant, HttpUser, task } from 'katydid';

/** Pauses `BENCH_THINK_MS` after every answer, as wrk's `delay()` does. */
export class Thinking extends HttpUser {
  override waitTime = constant(Number(process.env['BENCH_THINK_MS']) / 1000);

  @task async get(): Promise<void> {
    await this.client.get('/');
  }
}
