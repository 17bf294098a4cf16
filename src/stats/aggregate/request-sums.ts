import { NameTotals } from '../interval/name-totals.ts';
import { RecentFigures } from './recent-figures.ts';

/** What is known of one request name while the run goes on. */
export class RequestSums {
  /** Since the statistics were last reset. */
  readonly measured: NameTotals;
  readonly recent: RecentFigures = new RecentFigures();

  constructor(method: string, name: string) {
    this.measured = new NameTotals(method, name);
  }
}
