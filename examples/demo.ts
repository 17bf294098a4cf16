// The script of `katydid demo`: two kinds of users against the embedded target server.
import { between, HttpUser, task } from 'katydid';

/** Looks around, and now and then buys something. */
export class Shopper extends HttpUser {
  static weight = 3;
  waitTime = between(0.1, 0.5);

  @task(5) async front() {
    await this.client.get('/hello');
  }

  @task(3) async product() {
    await this.client.get('/bimodal');
  }

  @task async checkout() {
    await this.client.get('/fail/5', { name: '/checkout' });
  }
}

/** Waits for a slow job, over and over. */
export class Reporter extends HttpUser {
  waitTime = between(0.2, 1);

  @task async job() {
    await this.client.get('/delay-job');
  }
}
