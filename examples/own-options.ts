// Options of the script's own, beside katydid's: on the command line, as KATYDID_REGION in the
// environment, in the configuration file, and in `katydid run examples/own-options.ts --help`.
//
//   katydid run examples/own-options.ts --region us --api-key 0123 --page-size 50
import { constant, defineOptions, HttpUser, task } from 'katydid';

export const options = defineOptions({
  region: { choices: ['eu', 'us'], default: 'eu', help: 'Whose customers these are' },
  pageSize: { default: 20, help: 'Items asked for at once' },
  apiKey: { default: '', help: 'Key of the service', secret: true },
});

export class Customer extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.1);

  @task async marked() {
    await this.client.get('/marked', {
      params: { mark: `${options.region}-${options.pageSize}` },
      headers: { 'x-api-key': options.apiKey },
    });
  }
}
