import { Adoption } from './adoption.ts';
import { Delivery } from './delivery.ts';
import { FleetEvents } from './fleet-events.ts';
import { LoneWatch } from './lone-watch.ts';
import { Publisher } from './publisher.ts';
import type { RunListeners, RunParts } from './run-parts.ts';
import { RunStart } from './run-start.ts';
import { Spawning } from './spawning.ts';
import { Ticker } from './ticker.ts';

/** What has to be seen to while a run goes on, by name: each works with the run's parts. */
export class RunDuties implements RunListeners {
  readonly publisher: Publisher;
  readonly alone: LoneWatch;
  readonly spawning: Spawning;
  readonly start: RunStart;
  readonly adoption: Adoption;
  readonly delivery: Delivery;
  readonly ticker: Ticker;
  readonly fleetWatch: FleetEvents;

  constructor(parts: RunParts) {
    this.publisher = new Publisher(parts);
    this.alone = new LoneWatch(parts);
    this.spawning = new Spawning(parts);
    this.start = new RunStart(parts, this.publisher);
    this.adoption = new Adoption(parts, this.start);
    this.delivery = new Delivery(parts, this.alone);
    this.ticker = new Ticker(parts, this);
    this.fleetWatch = new FleetEvents(parts, this);
  }
}
