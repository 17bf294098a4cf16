// Two waves of users over ten minutes, the second lower than the first, as after breakfast and after
// lunch. The shape says how many; the user class says what they do.
//
//   katydid run examples/shapes/double-wave.ts
import { constant, HttpUser, LoadShape, task } from 'katydid';

export class Visitor extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.5);

  @task async hello() {
    await this.client.get('/hello');
  }
}

export class DoubleWave extends LoadShape {
  /** Seconds. */
  static timeLimit = 600;
  static minUsers = 20;
  static peakOneUsers = 60;
  static peakTwoUsers = 40;

  tick() {
    const { timeLimit, minUsers, peakOneUsers, peakTwoUsers } = DoubleWave;
    const runTime = Math.round(this.getRunTime());
    if (runTime >= timeLimit) return null;
    const place = runTime / ((timeLimit / 10) * (2 / 3));
    const users = Math.round(
      (peakOneUsers - minUsers) * Math.exp(-((place - 5) ** 2)) +
        (peakTwoUsers - minUsers) * Math.exp(-((place - 10) ** 2)) +
        minUsers,
    );
    return [users, users] as const;
  }
}
