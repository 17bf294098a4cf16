// One row of a CSV file for each user. The file lies beside the script and travels to every worker
// with it; `this.index` is unique in the whole run, so no two users share a row.
//
//   katydid run examples/users-from-csv/loadfile.ts -u 5 -r 5 -t 1m
import { readFileSync } from 'node:fs';
import { constant, HttpUser, task } from 'katydid';

interface Account {
  readonly user: string;
  readonly password: string;
}

const [, ...lines] = readFileSync(new URL('./users.csv', import.meta.url), 'utf8')
  .trim()
  .split('\n');
const accounts: readonly Account[] = lines.map((line) => {
  const [user = '', password = ''] = line.split(',');
  return { user, password };
});

export class CsvUser extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.2);

  async onStart() {
    // With more users than rows, rows are used again.
    const account = accounts[this.index % accounts.length];
    const answer = await this.client.post('/login', { json: account });
    answer.raiseForStatus();
  }

  @task async account() {
    await this.client.get('/account');
  }
}
