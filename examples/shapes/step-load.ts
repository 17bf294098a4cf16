// A staircase: ten more users every 30 seconds, to find the step at which the service gives in.
//
//   katydid run examples/shapes/step-load.ts
import { constant, HttpUser, LoadShape, task } from 'katydid';

export class Visitor extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.5);

  @task async hello() {
    await this.client.get('/hello');
  }
}

export class StepLoad extends LoadShape {
  /** Seconds that a step lasts. */
  static stepTime = 30;
  /** Users that a step adds. */
  static stepLoad = 10;
  static spawnRate = 10;
  /** Seconds. */
  static timeLimit = 600;

  tick() {
    const { stepTime, stepLoad, spawnRate, timeLimit } = StepLoad;
    const runTime = this.getRunTime();
    if (runTime > timeLimit) return null;
    const step = Math.floor(runTime / stepTime) + 1;
    return [step * stepLoad, spawnRate] as const;
  }
}
