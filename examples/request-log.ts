// A listener sees every request after it was recorded: here, to log what is slow, with what the task
// knows about it (`context`).
//
//   katydid run examples/request-log.ts -u 20 -r 5 -t 1m
import { constant, events, HttpUser, task } from 'katydid';

const SLOW_MS = 200;

events.request.addListener(({ requestType, name, responseTime, exception, context }) => {
  if (exception === undefined && responseTime < SLOW_MS) return;
  const who = JSON.stringify(context ?? {});
  console.warn(`${requestType} ${name}: ${Math.round(responseTime)} ms ${exception ?? ''} ${who}`);
});

export class Visitor extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.1);

  @task async front() {
    await this.client.get('/', { context: { user: this.index, iteration: this.iteration } });
  }

  @task async gone() {
    await this.client.get('/gone', { context: { user: this.index } });
  }
}
