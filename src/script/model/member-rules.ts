/** Which of katydid's classes a class of the load file extends. */
export type ClassKind = 'user' | 'httpUser' | 'taskSet' | 'shape';

/** How a member stands in its class: `static x`, `x() {…}` (a getter too), or `x = …`. */
export type MemberPlace = 'static' | 'method' | 'field';

/** A member that a load file gives to a class. */
export interface ClassMember {
  readonly name: string;
  readonly place: MemberPlace;
  /** Whether it is declared as a task, by `@task` or in `static tasks`. */
  readonly isTask: boolean;
  /** Whether the script's own code refers to it, which makes it no slip of the pen. */
  readonly isUsed: boolean;
  /** Whether it calls what it replaces by `super`. */
  readonly callsSuper: boolean;
  /** Whether its first parameter is called `self`, as in Python. */
  readonly takesSelf: boolean;
}

/** What is wrong with a member, and what to write instead. */
export interface MemberProblem {
  /** Follows the name of class and member, as in `A.wait_time `. */
  readonly message: string;
  readonly hint: string;
}

/** What katydid knows of one kind of class. */
interface KnownMembers {
  /** As messages call an object of the class. */
  readonly noun: string;
  /** Read from the class itself. */
  readonly statics: readonly string[];
  /** Read from, or called on, every object of the class. */
  readonly instance: Readonly<Record<string, string>>;
  /** Offered by katydid to the script; a script that replaces one loses it. */
  readonly given: Readonly<Record<string, string>>;
}

const USER: KnownMembers = {
  noun: 'user',
  statics: ['weight', 'fixedCount', 'host', 'tasks', 'tags', 'abstract'],
  instance: {
    waitTime: 'waitTime = between(1, 2)',
    onStart: 'async onStart() { … }',
    onStop: 'async onStop() { … }',
  },
  given: {
    index: 'the number of the user',
    iteration: 'how many tasks the user has run',
    environment: 'the run that the user is part of',
    random: 'a random number from the seed',
    wait: 'a pause of the wait time',
  },
};

const KNOWN: Readonly<Record<ClassKind, KnownMembers>> = {
  user: USER,
  httpUser: { ...USER, statics: [...USER.statics, 'http', 'freshSession'] },
  taskSet: {
    noun: 'task set',
    statics: ['tasks', 'tags'],
    instance: USER.instance,
    given: {
      user: 'the user that runs the task set',
      parent: 'what the task set is nested in',
      random: 'a random number from the seed',
      wait: 'a pause of the wait time',
      interrupt: 'what leaves the task set',
    },
  },
  shape: {
    noun: 'load shape',
    statics: ['abstract', 'useCommonOptions'],
    instance: { tick: 'tick() { return [users, spawnRate]; }' },
    given: {
      getRunTime: 'the seconds since the start',
      getCurrentUserCount: 'the number of users that run',
      resetTime: 'what starts the time again',
    },
  },
};

/** Members that Locust has and katydid has under another name or in another place. */
const OF_LOCUST: Readonly<Record<string, string>> = {
  minwait: 'Write `waitTime = between(min, max)`, in seconds.',
  maxwait: 'Write `waitTime = between(min, max)`, in seconds.',
  waitfunction: 'Write `waitTime() { return seconds; }`.',
  taskset: 'Write `static tasks = [TheTaskSet]`.',
  networktimeout: 'Write `static http = { timeout: seconds }`.',
  connectiontimeout: 'Write `static http = { connectTimeout: seconds }`.',
  maxredirects: 'Write `static http = { maxRedirects: n }`.',
  insecure: 'Write `static http = { insecure: true }`.',
  defaultheaders: 'Write `Object.assign(this.client.headers, { … })` in onStart.',
  proxyhost: 'Write `static http = { proxy: URL }`.',
  proxyport: 'Write `static http = { proxy: URL }`.',
  maxretries: 'Nothing is ever sent a second time; leave it out.',
  poolmanager: 'Every user has connections of its own; leave it out.',
  clientpool: 'Every user has connections of its own; leave it out.',
  sslcontextfactory: 'Write `static http = { ca, cert, key, insecure }`.',
};

/** Names so much katydid's own that a name one letter off is a slip, unless the script uses it. */
const DISTINCTIVE = ['waitTime', 'onStart', 'onStop', 'fixedCount', 'freshSession'];

/**
 * Says what is wrong with a member that a load file gives to a class: a name in Locust's spelling, a
 * name on the class that belongs on its objects or the other way round, or one that hides what katydid
 * offers. Members of the script's own are none of katydid's business.
 */
export function memberProblem(kind: ClassKind, member: ClassMember): MemberProblem | undefined {
  const known = KNOWN[kind];
  if (member.takesSelf && (member.isTask || member.name in known.instance)) {
    return {
      message: 'has a parameter self, and is called without arguments',
      hint: `Leave it out: \`this\` is the ${known.noun}.`,
    };
  }
  if (member.name in known.instance) return instanceProblem(known, member);
  if (known.statics.includes(member.name)) return staticProblem(known, member);
  if (member.isTask || member.place === 'static') {
    return member.isTask ? undefined : spellingProblem(kind, known, member);
  }
  return givenProblem(known, member) ?? spellingProblem(kind, known, member);
}

function instanceProblem(known: KnownMembers, member: ClassMember): MemberProblem | undefined {
  const { name, place, isTask } = member;
  if (isTask) {
    return {
      message: `cannot be a task: katydid calls ${name} itself`,
      hint: 'Give the task another name.',
    };
  }
  if (place !== 'static') return undefined;
  return {
    message: `is static; katydid reads it from every ${known.noun}`,
    hint: `Leave out \`static\`: \`${known.instance[name]}\`.`,
  };
}

function staticProblem(known: KnownMembers, member: ClassMember): MemberProblem | undefined {
  const { name, place, isTask } = member;
  if (place === 'static' || isTask) return undefined;
  return {
    message: `is a ${place} of every ${known.noun}; katydid reads it from the class`,
    hint: `Make it static: \`static ${name} = …\`.`,
  };
}

function givenProblem(known: KnownMembers, member: ClassMember): MemberProblem | undefined {
  const meaning = known.given[member.name];
  if (meaning === undefined || member.callsSuper) return undefined;
  return {
    message: `hides katydid's own ${member.name}: ${meaning}`,
    hint: `Give the ${member.place} another name. A task may have this one.`,
  };
}

function spellingProblem(
  kind: ClassKind,
  known: KnownMembers,
  member: ClassMember,
): MemberProblem | undefined {
  const { name } = member;
  // A constant (`TAGS`) or a private member (`_host`) is the script's own.
  if (/^[_$#]/.test(name) || name === name.toUpperCase()) return undefined;
  const plain = plainSpelling(name);
  const names = [...known.statics, ...Object.keys(known.instance)];
  const meant = names.find((each) => plainSpelling(each) === plain);
  if (meant !== undefined) return misspelt(known, meant, `is ${meant} in katydid`);
  const remedy = kind === 'httpUser' || kind === 'user' ? OF_LOCUST[plain] : undefined;
  if (remedy !== undefined && (name.includes('_') || !member.isUsed)) {
    return { message: 'has no meaning in katydid', hint: remedy };
  }
  const isHook = (name === 'setup' || name === 'teardown') && member.place === 'method';
  if (isHook && !member.isUsed) {
    return {
      message: 'is called by nobody',
      hint: `Write \`export async function ${name}() { … }\` for once a run, onStart and onStop for once a user.`,
    };
  }
  if (member.isUsed) return undefined;
  const near = names.find((each) => DISTINCTIVE.includes(each) && isOneSlipAway(name, each));
  return near === undefined ? undefined : misspelt(known, near, 'has no meaning in katydid');
}

function misspelt(known: KnownMembers, meant: string, message: string): MemberProblem {
  const right = known.instance[meant] ?? `static ${meant} = …`;
  return { message, hint: `Did you mean \`${right}\`?` };
}

function plainSpelling(name: string): string {
  return name.replaceAll('_', '').toLowerCase();
}

/** Whether the names differ by one letter left out, added, or swapped with its neighbour. */
function isOneSlipAway(name: string, right: string): boolean {
  if (name.length === right.length) {
    const at = [...right].findIndex((letter, index) => letter !== name[index]);
    const swapped = `${right.slice(0, at)}${right[at + 1]}${right[at]}${right.slice(at + 2)}`;
    return at !== -1 && swapped === name;
  }
  const [short, long] = name.length < right.length ? [name, right] : [right, name];
  if (long.length !== short.length + 1) return false;
  return [...long].some((_, index) => `${long.slice(0, index)}${long.slice(index + 1)}` === short);
}
