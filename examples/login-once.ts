// Each user logs in once, before its first task, and stays logged in: the session cookie is kept as a
// browser keeps it, and the token goes out with every further request.
//
//   katydid run examples/login-once.ts -u 20 -r 5 -t 1m
import { between, HttpUser, task } from 'katydid';

export class Member extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = between(0.1, 0.3);

  async onStart() {
    const user = `user-${this.index}`;
    const answer = await this.client.post('/login', { json: { user, password: `secret-${user}` } });
    // Without a login nothing else makes sense: this ends the user, and the report says why.
    answer.raiseForStatus();
    this.client.headers.authorization = `Bearer ${answer.json().token}`;
  }

  @task(3) async account() {
    await this.client.get('/account', {
      check: (answer) => answer.json().user === `user-${this.index}` || 'somebody else',
    });
  }

  @task async cart() {
    await this.client.get('/cart');
  }
}
