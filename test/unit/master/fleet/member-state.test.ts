import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { Member } from '../../../../src/master/fleet/member.ts';
import {
  type MemberEvent,
  type MemberState,
  nextMemberState,
} from '../../../../src/master/fleet/member-state.ts';
import { stateTableOf } from '../../../arch/state-tables.ts';

const STATES = ['restored', 'joining', 'ready', 'leaving', 'drained', 'done', 'lost'] as const;
const EVENTS = [
  'ready',
  'leave',
  'drain',
  'lose',
  'finish',
  'begin',
  'recall',
  'take-up',
] as const satisfies readonly MemberEvent[];

/** The rows of the documented table, in the order of `EVENTS`: from which states, to which. */
function documentedRows(): { readonly from: readonly string[]; readonly to: string }[] {
  const source = new URL('../../../../src/master/fleet/member-state.ts', import.meta.url);
  const lines = stateTableOf(readFileSync(source, 'utf8')).trim().split('\n').slice(2);
  return lines.map((line) => {
    const [from = '', , to = ''] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return { from: from.split(', '), to };
  });
}

/** How a member comes into each state. */
const WAYS: Readonly<Record<MemberState, (member: Member) => void>> = {
  restored: (member) => member.recall(1),
  joining: () => undefined,
  ready: (member) => member.ready(),
  leaving: (member) => member.leave(),
  drained: (member) => member.drain(),
  done: (member) => member.finish(),
  lost: (member) => member.lose(0),
};

/** The verb of each event. */
const VERBS: Readonly<Record<MemberEvent, (member: Member) => unknown>> = {
  ready: (member) => member.ready(),
  leave: (member) => member.leave(),
  drain: (member) => member.drain(),
  lose: (member) => member.lose(0),
  finish: (member) => member.finish(),
  begin: (member) => member.beginLease(0),
  recall: (member) => member.recall(1),
  'take-up': (member) => member.takeUp(),
};

function memberIn(state: MemberState): Member {
  const identity = { workerId: 'w1', index: 0, nodeId: 'n', host: 'h', pid: 1, nowUs: 0 };
  const member = new Member(identity);
  member.beginLease(0);
  WAYS[state](member);
  return member;
}

const pairs = STATES.flatMap((state) => EVENTS.map((event) => ({ state, event })));

it.each(pairs)('does in $state at $event what the table says', ({ state, event }) => {
  const rows = documentedRows();
  const row = rows[EVENTS.indexOf(event)];
  const documented = row?.from.includes(state) === true ? row.to : undefined;

  expect(rows).toHaveLength(EVENTS.length);
  expect(nextMemberState(state, event)).toBe(documented);
});

it.each(pairs)('leads a member that is $state by its verb for $event there, or nowhere', (pair) => {
  const { state, event } = pair;
  const member = memberIn(state);
  const next = nextMemberState(state, event);

  expect(member.state).toBe(state);
  if (event === 'begin' && next === undefined) {
    expect(() => member.beginLease(0)).toThrow(`a worker that is ${state} has a lease`);
  } else {
    const isTaken = VERBS[event](member);
    if (event !== 'begin' && event !== 'recall') expect(isTaken).toBe(next !== undefined);
  }
  expect(member.state).toBe(next ?? state);
});

it('remembers that a restored worker which is given up never said what it held', () => {
  const member = memberIn('restored');
  member.lose(0);

  expect(member).toMatchObject({ state: 'lost', isRestored: true, isAlive: false });
  member.beginLease(0);
  expect(member).toMatchObject({ state: 'joining', isRestored: false, epoch: 2 });
});
