// A list of stages: so many users, reached at such a rate, until such a second of the run.
//
//   katydid run examples/shapes/stages.ts
import { constant, HttpUser, LoadShape, task } from 'katydid';

export class Visitor extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.5);

  @task async hello() {
    await this.client.get('/hello');
  }
}

export class Stages extends LoadShape {
  /** `until`: seconds from the start of the run. */
  static stages = [
    { until: 60, users: 10, spawnRate: 10 },
    { until: 100, users: 50, spawnRate: 10 },
    { until: 180, users: 100, spawnRate: 10 },
    { until: 220, users: 30, spawnRate: 10 },
    { until: 240, users: 1, spawnRate: 1 },
  ];

  tick() {
    const runTime = this.getRunTime();
    const stage = Stages.stages.find(({ until }) => runTime < until);
    // Past the last stage the run ends.
    return stage === undefined ? null : { users: stage.users, spawnRate: stage.spawnRate };
  }
}
