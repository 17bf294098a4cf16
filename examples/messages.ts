// Master and workers talk to each other: here the master hands out numbered tickets, so that each is
// used once in the whole run, whichever worker asks.
//
//   katydid run examples/messages.ts -u 20 -r 5 -t 1m
import { constant, environment, events, HttpUser, StopUser, task } from 'katydid';

interface Ticket {
  readonly user: number;
  readonly ticket: string;
}

const waiting = new Map<number, (ticket: string) => void>();

events.init.addListener(() => {
  const { runner, role } = environment;
  if (role === 'master') {
    let next = 1;
    runner.registerMessage('ticket-please', ({ data, from }) => {
      runner.sendMessage('ticket', { user: Number(data), ticket: `ticket-${next}` }, from);
      next += 1;
    });
    return;
  }
  runner.registerMessage('ticket', ({ data }) => {
    const { user, ticket } = data as Ticket;
    waiting.get(user)?.(ticket);
  });
});

export class TicketHolder extends HttpUser {
  static host = 'http://127.0.0.1:8000';
  waitTime = constant(0.1);

  @task async enter() {
    const ticket = await new Promise<string>((resolve) => {
      waiting.set(this.index, resolve);
      environment.runner.sendMessage('ticket-please', this.index);
    });
    await this.client.get('/marked', { headers: { 'x-mark': ticket } });
    if (this.iteration === 2) throw new StopUser();
  }
}
