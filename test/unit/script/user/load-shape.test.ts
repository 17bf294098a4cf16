import { describe, expect, it } from 'vitest';
import {
  forecastShape,
  LoadShape,
  RunningShape,
  type ShapeTick,
} from '../../../../src/script/user/load-shape.ts';
import { loadedScript, loadFailure } from '../../../support/loaded-script.ts';

class Stages extends LoadShape {
  static override abstract = false;
  tick(): ShapeTick | null {
    const seconds = this.getRunTime();
    if (seconds < 2) return [10, 5];
    return seconds < 4 ? { users: 20.4, spawnRate: 2 } : null;
  }
}

/** What a shape that returns `answer` makes of it. */
function stepOf(answer: unknown): unknown {
  class Odd extends LoadShape {
    tick(): ShapeTick | null {
      // What a script in JavaScript may return.
      return answer as ShapeTick;
    }
  }
  return new RunningShape(Odd, { runTimeSeconds: () => 0, currentUsers: () => 0 }).next();
}

describe('a load shape', () => {
  it('is asked with the time of the run and the users that run', () => {
    let seconds = 1.5;
    const seen: number[] = [];
    class Asks extends LoadShape {
      tick(): ShapeTick {
        seen.push(this.getRunTime(), this.getCurrentUserCount());
        this.resetTime();
        return [1, 1];
      }
    }
    const shape = new RunningShape(Asks, {
      runTimeSeconds: () => seconds,
      currentUsers: () => 7,
    });

    shape.next();
    seconds = 4;
    shape.next();

    expect(seen).toEqual([1.5, 7, 2.5, 7]);
  });

  it('may answer with a list, an object, classes by name, or null', () => {
    class Shopper {}
    expect(stepOf([3, 0.5])).toEqual({ users: 3, spawnRate: 0.5, userClasses: undefined });
    expect(stepOf([0, 1, [Shopper]])).toEqual({ users: 0, spawnRate: 1, userClasses: ['Shopper'] });
    expect(stepOf({ users: 2.6, spawnRate: 1 })).toMatchObject({ users: 3 });
    expect(stepOf(null)).toBeUndefined();
    expect(stepOf(undefined)).toBeUndefined();
  });

  it.each([
    [[-1, 1], 'expected a number of users from 0 to 1,000,000, found -1'],
    [[Number.NaN, 1], 'expected a number of users'],
    [[1, 0], 'expected a spawn rate above 0, found 0'],
    [[1], 'expected a spawn rate above 0, found undefined'],
    ['10', 'expected [users, spawnRate], an object of these, or null, found 10'],
    [Promise.resolve([1, 1]), 'it must not be async'],
    [[1, 1, []], 'expected a list of user classes'],
    [[1, 1, [5]], 'expected user classes, found 5'],
  ])('refuses %s', (answer, message) => {
    expect(() => stepOf(answer)).toThrow(`Odd.tick(): `);
    expect(() => stepOf(answer)).toThrow(message);
  });

  it('is known ahead, second by second, where it asks for the time alone', () => {
    expect(forecastShape(Stages)).toEqual({
      steps: [
        { users: 10, spawnRate: 5, userClasses: undefined },
        { users: 10, spawnRate: 5, userClasses: undefined },
        { users: 20, spawnRate: 2, userClasses: undefined },
        { users: 20, spawnRate: 2, userClasses: undefined },
      ],
      hasEnd: true,
    });
  });

  it('is not known ahead where it asks for users, or answers by chance', () => {
    class Asks extends LoadShape {
      tick(): ShapeTick {
        return [this.getCurrentUserCount() + 1, 1];
      }
    }
    let calls = 0;
    class Chance extends LoadShape {
      tick(): ShapeTick {
        calls += 1;
        return [calls, 1];
      }
    }

    expect(forecastShape(Asks, 10)).toBeUndefined();
    expect(forecastShape(Chance, 10)).toBeUndefined();
  });

  it('is looked at for so long and no longer', () => {
    class Endless extends LoadShape {
      tick(): ShapeTick {
        return [1, 1];
      }
    }

    expect(forecastShape(Endless, 30)).toMatchObject({ hasEnd: false, steps: { length: 30 } });
  });
});

const SHAPE = `import { LoadShape, LoadTestShape, User } from 'katydid';
export class A extends User { static tasks = [() => {}]; }\n`;

describe('a load file with a shape', () => {
  it('has the one that is exported and not abstract', async () => {
    const { hooks } = await loadedScript(
      `${SHAPE}export class Base extends LoadShape { static abstract = true; tick() { return null; } }
       export class Waves extends Base { }`,
    );

    expect(hooks.Shape?.name).toBe('Waves');
  });

  it('is refused with two shapes, or one without tick', async () => {
    expect(
      await loadFailure(
        `${SHAPE}export class B extends LoadShape { tick() { return null; } }
         export class C extends LoadTestShape { tick() { return null; } }`,
      ),
    ).toContain('loadfile.ts: exports several load shapes: B, C');
    expect(await loadFailure(`${SHAPE}export class B extends LoadShape { }`)).toContain(
      'loadfile.ts: B has no tick()',
    );
  });

  it('is refused where setup is no function', async () => {
    expect(await loadFailure(`${SHAPE}export const setup = 5;`)).toContain(
      'loadfile.ts: setup is a function, found number',
    );
  });
});
