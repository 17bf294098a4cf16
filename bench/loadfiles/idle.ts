import { constant, HttpUser, task } from 'katydid';

/** Users of one address: one pair of addresses has 28,232 ports. */
const USERS_PER_ADDRESS = 20_000;

/** Connects, and then does nothing. */
export class Idle extends HttpUser {
  override waitTime = constant(3600);

  @task async connect(): Promise<void> {
    const address = 1 + Math.floor(this.index / USERS_PER_ADDRESS);
    const { port } = new URL(this.host);
    await this.client.get(`http://127.0.0.${address}:${port}/`, { name: 'connect' });
  }
}
