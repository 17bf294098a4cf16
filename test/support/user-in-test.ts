import { SeededRandom } from '../../src/base/random.ts';
import type { HttpSession } from '../../src/http/http-session.ts';
import { DueTime } from '../../src/http/user/due-time.ts';
import { environment } from '../../src/script/host/environment.ts';
import { enterProcess } from '../../src/script/host/script-process.ts';
import { modelOf } from '../../src/script/model/script-model.ts';
import type { UserEnd } from '../../src/script/run/user-life.ts';
import { UserRun, type UserSeat, type UserServices } from '../../src/script/run/user-run.ts';
import type { User, UserClass } from '../../src/script/user/user.ts';
import { FakeClock } from './fake-clock.ts';

/** What a session of the user loop's tests records; sends nothing. */
export interface SessionStub {
  readonly dues: number[];
  /** By how much each iteration began late, in microseconds. */
  readonly latesUs: number[];
  cuts: number;
  closes: number;
  iterationsEnded: number;
  disposals: number;
  readonly options: unknown;
}

/** One user on a fake clock, and everything that it reports. */
export interface UserInTest {
  readonly clock: FakeClock;
  readonly run: UserRun;
  readonly exceptions: { readonly message: string; readonly where: string }[];
  readonly stopRequests: string[];
  readonly sessions: SessionStub[];
  /** `undefined` while it runs. */
  end: UserEnd | undefined;
  /** Starts it and lets promises run. */
  start(): Promise<void>;
}

enterProcess({ role: 'worker', workerIndex: 0, workerCount: 1, host: '', options: {} });

/** A user of the class, ready to start. */
export function userInTest(
  Class: abstract new () => User,
  seed = 1,
  { maxIterations, ...more }: Partial<UserServices & Pick<UserSeat, 'maxIterations'>> = {},
): UserInTest {
  // The tests' classes are concrete.
  const model = modelOf({ Class: Class as UserClass }, 'test.ts').classes[0];
  if (model === undefined) throw new Error('no class');
  const clock = new FakeClock();
  const inTest: UserInTest = {
    clock,
    exceptions: [],
    stopRequests: [],
    sessions: [],
    end: undefined,
    run: new UserRun(
      model,
      {
        clock,
        host: 'http://host.test',
        environment,
        createSession: (options) => stubSession(clock, inTest.sessions, options),
        reportException: (thrown, where) => {
          inTest.exceptions.push({
            message: thrown instanceof Error ? thrown.message : String(thrown),
            where,
          });
        },
        requestTestStop: (reason) => inTest.stopRequests.push(reason),
        ...more,
      },
      {
        index: 7,
        random: new SeededRandom(seed),
        ...(maxIterations === undefined ? {} : { maxIterations }),
      },
    ),
    async start() {
      void inTest.run.run().then((end) => {
        inTest.end = end;
      });
      await clock.advance(0);
    },
  };
  return inTest;
}

/** Notes what the first request of an iteration would take. */
class NotedDueTime extends DueTime {
  readonly #stub: SessionStub;

  constructor(clock: FakeClock, stub: SessionStub) {
    super(clock);
    this.#stub = stub;
  }

  override begin(dueUs: number, readyUs: number): void {
    super.begin(dueUs, readyUs);
    if (dueUs >= 0) this.#stub.dues.push(dueUs);
    this.#stub.latesUs.push(this.takeLateUs());
  }
}

function stubSession(clock: FakeClock, sessions: SessionStub[], options: unknown): HttpSession {
  const stub: SessionStub = {
    dues: [],
    latesUs: [],
    cuts: 0,
    closes: 0,
    iterationsEnded: 0,
    disposals: 0,
    options,
  };
  sessions.push(stub);
  const session = {
    dueTime: new NotedDueTime(clock, stub),
    cookies: { clear: () => undefined },
    iterationEnded: () => {
      stub.iterationsEnded += 1;
    },
    unawaited: undefined,
    untilRoom: () => undefined,
    close: () => {
      stub.closes += 1;
    },
    cut: () => {
      stub.cuts += 1;
    },
    dispose: () => {
      stub.disposals += 1;
    },
  };
  // Only what the user loop touches; these tests make no requests.
  return session as unknown as HttpSession;
}
