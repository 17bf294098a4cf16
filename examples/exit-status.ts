// Decides by itself whether the run was good enough: up to one per cent of failures is fine here, and
// slow answers are not. What a listener of `quitting` sets wins over the usual 0, 1 and 3.
//
//   katydid run examples/exit-status.ts -u 20 -r 5 -t 1m; echo $?
import { constant, environment, events, HttpUser, task } from 'katydid';

events.quitting.addListener(() => {
  if (environment.role !== 'master') return;
  const { requests, failures, responseTime } = environment.stats.total;
  const isBad = requests === 0 || failures / requests > 0.01 || (responseTime.p95 ?? 0) > 5000;
  environment.processExitCode = isBad ? 9 : 0;
});

export class Visitor extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.05);

  @task(200) async front() {
    await this.client.get('/');
  }

  @task async gone() {
    await this.client.get('/gone');
  }
}
