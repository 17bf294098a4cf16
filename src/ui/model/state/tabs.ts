import { formatCount } from '../../../base/format.ts';
import { DIM, type Line, type Span, STRONG, span, spansWidth, spreadLine } from '../text/line.ts';
import { truncateEnd } from '../text/width.ts';
import { shownFilter, visibleRequests } from './request-rows.ts';
import { isTableRecent, type Screen } from './screen.ts';
import { type ClockName, type SortColumn, VIEWS, type ViewName } from './ui-state.ts';

const NAMES: Readonly<Record<ViewName, string>> = {
  requests: 'Requests',
  failures: 'Failures',
  workers: 'Workers',
  charts: 'Charts',
  log: 'Log',
};

const CLOCK_NAMES: Readonly<Record<ClockName, string>> = {
  response: 'response time ms',
  service: 'service time ms',
  lag: 'send lag ms',
};

const SORT_NAMES: Readonly<Record<SortColumn, string>> = {
  seen: 'first seen',
  name: 'name',
  reqs: 'requests',
  fail: 'failures',
  rate: 'rate',
  p50: 'p50',
  p95: 'p95',
  p99: 'p99',
};

/** The views, each with how many rows it has; at the right what the table of requests shows. */
export function tabsLine(screen: Screen, width: number): Line {
  const { layout, state, snapshot } = screen;
  const tabs = VIEWS.flatMap((view, i) => {
    const count = layout.isSmall ? '' : countOf(view, screen);
    const style = view === state.view ? { ...STRONG, inverse: true } : tabStyle(view, screen);
    const text = layout.isSmall ? `${i + 1} ${NAMES[view]}` : ` ${i + 1} ${NAMES[view]}${count} `;
    const gap = i === 0 || layout.isWide ? ' ' : '';
    return [span(layout.isSmall ? '  ' : gap), span(text, style)];
  });
  if (layout.isSmall || state.view !== 'requests' || snapshot.state === 'waiting') return tabs;
  const room = width - spansWidth(tabs) - 1;
  const about = tableSubject(screen, room);
  return about === null ? tabs : spreadLine(tabs, [about, span(' ')], width);
}

function tabStyle(view: ViewName, { snapshot }: Screen): Span['style'] {
  return view === 'failures' && snapshot.failures.kinds > 0 ? { color: 'yellow' } : DIM;
}

function countOf(view: ViewName, { snapshot }: Screen): string {
  switch (view) {
    case 'requests':
      return ` ${formatCount(snapshot.requests.length, 5)}`;
    case 'failures':
      return failureKinds(snapshot.failures.kinds);
    case 'workers':
      return ` ${formatCount(snapshot.workers.length, 5)}`;
    case 'charts':
    case 'log':
      return '';
  }
}

/** The number of kinds of failure, not of failed requests: the view has a row for each kind. */
function failureKinds(kinds: number): string {
  if (kinds === 0) return ' 0';
  return ` ${formatCount(kinds, 5)} ${kinds === 1 ? 'kind' : 'kinds'}`;
}

/** The longest description of the table that there is room for. */
function tableSubject(screen: Screen, room: number): Span | null {
  const { state, snapshot, glyphs } = screen;
  const filter = shownFilter(state);
  if (filter !== '') {
    const found = visibleRequests(snapshot, state).length;
    const count = ` ${formatCount(found)} of ${formatCount(snapshot.requests.length)}`;
    if (room < count.length + 2) return null;
    return span(truncateEnd(`/${filter}`, room - count.length, glyphs.ellipsis) + count, {
      color: 'cyan',
    });
  }
  const window = isTableRecent(screen) ? 'last 10 s' : 'whole run';
  const long = `${CLOCK_NAMES[state.clock]}, ${window}`;
  const text = [`${long}, by ${SORT_NAMES[state.sort]}`, long, `ms, ${window}`, window].find(
    (one) => one.length <= room,
  );
  return text === undefined ? null : span(text, DIM);
}
