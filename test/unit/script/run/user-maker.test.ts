import { describe, expect, it } from 'vitest';
import { rawEngine } from '../../../../src/http/raw/raw-engine.ts';
import { modelOf } from '../../../../src/script/model/script-model.ts';
import {
  httpOptionsFor,
  UserMaker,
  type UserReporting,
} from '../../../../src/script/run/user-maker.ts';
import { HttpUser } from '../../../../src/script/user/http-user.ts';
import { StopTest } from '../../../../src/script/user/stop-errors.ts';
import type { UserClass } from '../../../../src/script/user/user.ts';
import { Recorder } from '../../../../src/stats/recorder/recorder.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

/** Makes users of a class on a fake clock, and keeps what they report. */
function makerFor(
  Class: UserClass,
  host = '',
): {
  readonly clock: FakeClock;
  readonly make: (index: number, incarnation: number) => ReturnType<UserMaker['make']>;
  readonly said: string[];
} {
  const clock = new FakeClock();
  const said: string[] = [];
  const reporting: UserReporting = {
    sink: new Recorder(),
    exceptionOf: (thrown, where) => {
      said.push(`${where}: ${String(thrown)}`);
      return where;
    },
    stopTest: (reason) => said.push(`stop: ${reason}`),
  };
  // These users send nothing.
  const engine = rawEngine(clock);
  const http = { defaults: {}, options: {} };
  const maker = new UserMaker({ clock, engine, seed: 1, host, http }, reporting);
  const [model] = modelOf({ Class }, 'test.ts').classes;
  if (model === undefined) throw new Error('no class');
  const make = (index: number, incarnation: number): ReturnType<UserMaker['make']> =>
    maker.make(model, { index, incarnation, maxIterations: 1 });
  return { clock, make, said };
}

describe('UserMaker', () => {
  it('gives each user its number, base URL and random stream, another one for each incarnation', async () => {
    const seen: [number, string, number][] = [];
    class Drawing extends HttpUser {
      static override host = 'http://own.test';
      static override tasks = [
        function draw(this: HttpUser): void {
          seen.push([this.index, this.client.baseUrl, this.random()]);
        },
      ];
    }
    const { clock, make } = makerFor(Drawing);

    for (const [index, incarnation] of [
      [4, 0],
      [4, 0],
      [4, 1],
      [5, 0],
    ] as const) {
      void make(index, incarnation).run();
      await clock.advance(1);
    }

    expect(seen.map(([index, baseUrl]) => [index, baseUrl])).toEqual([
      [4, 'http://own.test'],
      [4, 'http://own.test'],
      [4, 'http://own.test'],
      [5, 'http://own.test'],
    ]);
    const draws = seen.map(([, , drawn]) => drawn);
    expect(draws[0]).toBe(draws[1]);
    expect(new Set(draws).size).toBe(3);
  });

  it('lets the base URL of the run win', async () => {
    const hosts: string[] = [];
    class Placed extends HttpUser {
      static override host = 'http://own.test';
      static override tasks = [
        function look(this: HttpUser): void {
          hosts.push(this.host);
        },
      ];
    }
    const { clock, make } = makerFor(Placed, 'http://run.test');
    void make(0, 0).run();
    await clock.advance(1);
    expect(hosts).toEqual(['http://run.test']);
  });

  it('reports what a user throws, and its wish to end the run', async () => {
    class Throwing extends HttpUser {
      static override tasks = [
        function fail(this: HttpUser): void {
          if (this.index === 1) throw new StopTest('enough');
          throw new Error('broken');
        },
      ];
    }
    const { clock, make, said } = makerFor(Throwing);
    void make(0, 0).run();
    void make(1, 0).run();
    await clock.advance(1);
    expect(said).toEqual(['Throwing.fail: Error: broken', 'stop: enough']);
  });
});

describe('httpOptionsFor', () => {
  it('lets the class win over the defaults, and the run over the class, in one object', () => {
    class Patient extends HttpUser {
      static override http = { timeout: 20, maxRedirects: 3 };
      static override tasks = [() => undefined];
    }
    const [model] = modelOf({ Patient }, 'test.ts').classes;
    if (model === undefined) throw new Error('no class');
    const http = { defaults: { timeout: 1, insecure: true }, options: { maxRedirects: 0 } };
    const options = httpOptionsFor(model, http);
    expect(options).toEqual({ timeout: 20, maxRedirects: 0, insecure: true });
    expect(httpOptionsFor(model, http)).toBe(options);
  });
});
