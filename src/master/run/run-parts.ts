import type { Clock } from '../../base/clock.ts';
import { RunAggregate } from '../../stats/aggregate/run-aggregate.ts';
import { Fleet } from '../fleet/fleet.ts';
import type { FleetListener } from '../fleet/fleet-listener.ts';
import { lastedUs } from '../fleet/resumed-run.ts';
import { Journal, type JournalListener } from '../record/journal.ts';
import { RunLog } from '../record/run-log.ts';
import { RunTime } from '../record/run-time.ts';
import { ScriptDesk } from '../record/script-desk.ts';
import { SnapshotBuilder } from '../record/snapshot-builder.ts';
import { TallyDesk } from '../record/tally-desk.ts';
import { WorkerNews } from '../record/worker-news.ts';
import { LoadControl } from '../users/load-control.ts';
import type { MasterHooks } from '../users/master-hooks.ts';
import { newLife } from './lifecycle.ts';
import { RunCourse } from './run-course.ts';
import type { RunMasterOptions } from './run-master-options.ts';

/** What hears of the workers, and of what is stored. */
export interface RunListeners {
  readonly fleetWatch: FleetListener;
  readonly delivery: JournalListener;
}

/** What a run is made of, by name: the workers, their load, and what is written down of them. */
export class RunParts<Listeners extends RunListeners = RunListeners> {
  readonly options: RunMasterOptions;
  readonly clock: Clock;
  readonly time: RunTime;
  /** Where the run stands, and who is told what happens. */
  readonly course: RunCourse;
  readonly hooks: MasterHooks | undefined;
  readonly listeners: Listeners;
  readonly aggregate: RunAggregate = new RunAggregate();
  readonly fleet: Fleet;
  readonly journal: Journal;
  readonly snapshots: SnapshotBuilder;
  readonly log: RunLog;
  readonly news: WorkerNews;
  readonly load: LoadControl;
  readonly tallies: TallyDesk;
  readonly desk: ScriptDesk;

  /** @param listen - Makes what hears of workers and of what is stored; it may keep the parts, not use them yet. */
  constructor(options: RunMasterOptions, listen: (parts: RunParts) => Listeners) {
    const { clock, store, config, facts, resumed, observers, lateAfterMs } = options;
    this.options = options;
    this.clock = clock;
    this.hooks = options.hooks;
    this.time = new RunTime(clock);
    const lastUserEndUs = resumed === undefined ? 0 : lastedUs(resumed.record);
    this.course = new RunCourse(newLife(config.stopTimeoutMs, lastUserEndUs));
    this.listeners = listen(this);
    this.fleet = new Fleet({
      ...options,
      restored: resumed?.workers,
      listener: this.listeners.fleetWatch,
    });
    this.journal = new Journal(
      store,
      this.aggregate,
      this.listeners.delivery,
      resumed?.masterEpoch,
    );
    this.snapshots = new SnapshotBuilder(facts, this.aggregate);
    const { fleet, journal, snapshots, time, aggregate } = this;
    this.log = new RunLog({ journal, snapshots, time, observers });
    this.news = new WorkerNews(this.log, journal, lateAfterMs);
    this.load = new LoadControl({ ...options, time, log: this.log, post: fleet });
    this.tallies = new TallyDesk({ journal, aggregate, load: this.load, time });
    this.desk = new ScriptDesk({ fleet, aggregate, journal, log: this.log, time });
    if (resumed !== undefined) aggregate.restore(resumed.record);
  }
}
