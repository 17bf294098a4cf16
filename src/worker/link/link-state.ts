/** Where the worker's end of the connection to its master stands. */
export type LinkState = 'connecting' | 'greeting' | 'receiving' | 'joined' | 'ended' | 'closed';

/** What can happen to that connection. */
export type LinkOccurrence =
  | 'connected'
  | 'attempt-failed'
  | 'welcomed-back'
  | 'welcomed-anew'
  | 'script-part'
  | 'script-whole'
  | 'order'
  | 'clock-answer'
  | 'lost'
  | 'refused'
  | 'given-up'
  | 'close';

/** What follows from an occurrence. */
export interface LinkStep {
  readonly state: LinkState;
  /**
   * `act`: the link does what the occurrence asks for. `ignore`: nothing is to be done. `breach`: the
   * master broke the protocol, and the connection to it is given up.
   */
  readonly answer: 'act' | 'ignore' | 'breach';
}

type Row = Partial<Record<LinkOccurrence, LinkState | 'breach'>>;

const ALIVE = { refused: 'ended', close: 'closed' } as const;
const CONNECTED = { ...ALIVE, lost: 'connecting' } as const;
const TOO_EARLY = { order: 'breach', 'clock-answer': 'breach' } as const;
const WELCOMED = { 'welcomed-back': 'breach', 'welcomed-anew': 'breach' } as const;

const ROWS: Readonly<Record<LinkState, Row>> = {
  connecting: {
    ...ALIVE,
    connected: 'greeting',
    'attempt-failed': 'connecting',
    'given-up': 'ended',
  },
  greeting: {
    ...CONNECTED,
    ...TOO_EARLY,
    'welcomed-back': 'joined',
    'welcomed-anew': 'receiving',
    'script-part': 'breach',
  },
  receiving: {
    ...CONNECTED,
    ...TOO_EARLY,
    ...WELCOMED,
    'script-part': 'receiving',
    'script-whole': 'joined',
  },
  joined: {
    ...CONNECTED,
    ...WELCOMED,
    'script-part': 'breach',
    order: 'joined',
    'clock-answer': 'joined',
  },
  ended: { close: 'closed' },
  closed: {},
};

/**
 * The state after an occurrence. What the table does not name is ignored and changes nothing; a breach
 * changes nothing either, but the link hangs up for it, and `lost` follows.
 *
 * | state | on | next | the link |
 * | --- | --- | --- | --- |
 * | connecting | connected | greeting | says hello |
 * | connecting | attempt-failed | connecting | tries again after a pause |
 * | connecting | given-up | ended | says that there is no master |
 * | greeting | welcomed-back | joined | sends again what the master has not acknowledged |
 * | greeting | welcomed-anew | receiving | waits for the script |
 * | greeting, joined | script-part | breach | hangs up |
 * | receiving | script-part | receiving | keeps the part |
 * | receiving | script-whole | joined | begins a new lease |
 * | receiving, joined | welcomed-back, welcomed-anew | breach | hangs up |
 * | greeting, receiving | order, clock-answer | breach | hangs up |
 * | joined | order, clock-answer | joined | carries it out |
 * | greeting, receiving, joined | lost | connecting | tries again after a pause |
 * | connecting, greeting, receiving, joined | refused | ended | hangs up and says why |
 * | connecting, greeting, receiving, joined | close | closed | confirms the last message and hangs up |
 * | ended | close | closed | hands over what was not stored |
 */
export function linkStep(state: LinkState, occurrence: LinkOccurrence): LinkStep {
  const next = ROWS[state][occurrence];
  if (next === undefined) return { state, answer: 'ignore' };
  return next === 'breach' ? { state, answer: 'breach' } : { state: next, answer: 'act' };
}

/** How the log names the breach of the protocol that an occurrence can be. */
export function breachOf(occurrence: LinkOccurrence): string {
  switch (occurrence) {
    case 'order':
      return 'the master sent an order before its welcome';
    case 'clock-answer':
      return 'the master answered a clock probe before its welcome';
    case 'script-part':
      return 'the master sent a binary message that it had not announced';
    default:
      return 'the master sent its welcome twice';
  }
}
