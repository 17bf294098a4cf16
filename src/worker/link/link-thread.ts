/*
 * Entry of the thread in which a worker keeps its connection to the master. It is a thread of its own so
 * that heartbeats, acknowledgements and clock probes are on time however busy the users' thread is,
 * and so that a script that blocks its event loop can be named while it blocks.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { systemClock } from '../../base/clock.ts';
import { assert } from '../../base/errors.ts';
import { SendFence } from '../../base/send-fence.ts';
import { isLoopback } from '../../protocol/channel/loopback.ts';
import { Pulse } from '../clock/pulse.ts';
import { connectMaster } from './connect-master.ts';
import type { LinkCommand, LinkThreadData } from './threaded-link.ts';
import { WorkerLink } from './worker-link.ts';

const port = parentPort;
assert(port !== null, 'link-thread runs as a thread only');
// Only threaded-link.ts writes this.
const data = workerData as LinkThreadData;
const pulse = new Pulse(systemClock, data.pulse);
const link = new WorkerLink({
  clock: systemClock,
  connect: () => connectMaster(data.address),
  identity: data.identity,
  fence: new SendFence(systemClock, data.fence),
  isMasterLocal: isLoopback(hostOf(data.address.url)),
  joinTimeoutMs: data.joinTimeoutMs,
  orphanTimeoutMs: data.orphanTimeoutMs,
  rejoinTimeoutMs: data.rejoinTimeoutMs,
  blockedMs: () => pulse.blockedMs(),
  random: Math.random,
});

port.on('message', (command: LinkCommand) => {
  switch (command.type) {
    case 'send':
      link.send(command.message, command.epoch);
      break;
    case 'deliver':
      link.deliver(command.epoch, command.sequence, command.payload);
      break;
    case 'tally':
      link.tally(command.epoch, command.update);
      break;
    case 'close':
      link.close();
      port.close();
      break;
  }
});
link.start((event) => port.postMessage(event));

/** The host without the brackets of an IPv6 address, as `isLoopback` takes it. */
function hostOf(url: string): string {
  return new URL(url).hostname.replace(/^\[(.*)\]$/, '$1');
}
