// Something that takes its time: start a job, ask for its state until it is done. `this.wait()` pauses
// inside a task for the user's wait time.
//
//   katydid run examples/poll-until-done.ts -u 20 -r 5 -t 1m
import { constant, HttpUser, task } from 'katydid';

const MOST_POLLS = 20;

export class Patient extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.1);

  @task async report() {
    const started = await this.client.post('/jobs', {
      check: (answer) => answer.status === 202 || `status ${answer.status}`,
    });
    const place = started.headers.get('location');
    if (!started.ok || place === undefined) return;

    for (let polls = 0; polls < MOST_POLLS; polls += 1) {
      await this.wait();
      const job = await this.client.get(place, { name: '/jobs/[id]' });
      if (!job.ok || job.json().state === 'done') return;
    }
    // Not a failed request: an exception in the report, with this line.
    throw new Error(`the job was not done after ${MOST_POLLS} polls`);
  }
}
