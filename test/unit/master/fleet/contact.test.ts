import { describe, expect, it } from 'vitest';
import { Contact } from '../../../../src/master/fleet/contact.ts';
import { WorkerConnection } from '../../../../src/master/fleet/worker-connection.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

function connectionFrom(peer: string): WorkerConnection {
  const nothing = (): void => undefined;
  const sending = { sendText: nothing, sendBytes: nothing, close: nothing, terminate: nothing };
  const transport = { peer, bufferedBytes: 0, open: nothing, ...sending };
  return new WorkerConnection(transport, new FakeClock(), {
    onHello: nothing,
    onFrame: nothing,
    onInterval: nothing,
    onTally: nothing,
    onBroken: nothing,
    onClose: nothing,
  });
}

describe('Contact', () => {
  it('takes the fastest of the round trips between probes that follow each other', () => {
    const contact = new Contact(0);
    expect(contact.roundTripUs).toBe(Number.POSITIVE_INFINITY);
    for (const atUs of [1000, 1800, 2100, 9000]) contact.hearProbe(atUs);

    expect(contact.roundTripUs).toBe(300);
  });

  it.each([
    ['10.0.0.7:40122', '10.0.0.7'],
    ['::ffff:10.0.0.7:40122', '10.0.0.7'],
    ['fe80::1:40122', 'fe80::1'],
  ])('knows the address of a connection from %s, also once it is gone', (peer, address) => {
    const contact = new Contact(0);
    expect(contact.address).toBe('');
    contact.connect(connectionFrom(peer), 0);
    contact.close(1000);

    expect(contact.address).toBe(address);
  });

  it('names each episode of more than 1 s in which a script blocks once', () => {
    const contact = new Contact(0);
    const named = [0, 1000, 1001, 2500, 0, 1200].map((blockedMs) => contact.hearBlocked(blockedMs));

    expect(named).toEqual([false, false, true, false, false, true]);
    expect(contact.blockedMs).toBe(1200);
  });

  it('counts silence and blocking anew with a new lease', () => {
    const contact = new Contact(0);
    contact.hear(5000);
    contact.hearBlocked(1500);
    contact.renew(9000);

    expect(contact).toMatchObject({ lastHeardUs: 9000, blockedMs: 0 });
  });

  it('knows since when a connection that closed is gone, but not one that was hung up on', () => {
    const [closed, hungUp] = [new Contact(0), new Contact(0)];
    closed.close(7000);
    hungUp.hangUp();

    expect([closed.disconnectedUs, hungUp.disconnectedUs]).toEqual([7000, undefined]);
  });
});
