import { describe, expect, it } from 'vitest';
import { Member } from '../../../../src/master/fleet/member.ts';
import { Preparation } from '../../../../src/master/run/preparation.ts';
import type { MasterHooks } from '../../../../src/master/users/master-hooks.ts';
import type { Json } from '../../../../src/protocol/messages/master-messages.ts';

/** A preparation whose `setup` is in the test's hands, and what it did. */
class Scene {
  readonly setup: PromiseWithResolvers<Json> = Promise.withResolvers();
  readonly told: string[] = [];
  readonly failures: unknown[] = [];
  setups = 0;
  starts = 0;
  ready: Member[] = [];
  readonly preparation: Preparation;

  constructor() {
    const none = (): void => undefined;
    const hooks: MasterHooks = {
      begin: () => {
        this.setups += 1;
        return this.setup.promise;
      },
      resume: () => undefined,
      workerReady: none,
      spawningComplete: none,
      message: none,
      workerReport: none,
      statsReset: none,
      stopping: none,
      end: () => Promise.resolve(),
    };
    this.preparation = new Preparation(hooks, {
      fleet: {
        members: () => this.ready,
        send: (member, message) => {
          if (message.type !== 'prepare') throw new Error(`${message.type} is no part of it`);
          this.told.push(`${member.workerId} ${JSON.stringify(message.data)}`);
        },
      },
      course: {
        happen: (event) => {
          if (event.type === 'prepared') this.starts += 1;
          else this.failures.push(event);
        },
      },
      log: { setUp: () => undefined },
    });
  }

  join(workerId: string): Member {
    const member = new Member({
      workerId,
      index: this.ready.length,
      nodeId: workerId,
      host: 'h',
      pid: 1,
      nowUs: 0,
    });
    member.beginLease(0);
    member.ready();
    this.ready.push(member);
    return member;
  }

  /** Lets promises run. */
  async settle(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

describe('the preparation of a run', () => {
  it('runs setup once, tells every worker its data, and is over when all have answered', async () => {
    const scene = new Scene();
    const [one, two] = [scene.join('w1'), scene.join('w2')];

    scene.preparation.begin();
    scene.preparation.begin();
    scene.preparation.tell(one);
    expect(scene.told).toEqual([]);
    scene.setup.resolve({ token: 1 });
    await scene.settle();
    expect(scene.told).toEqual(['w1 {"token":1}', 'w2 {"token":1}']);
    expect([scene.setups, scene.starts]).toEqual([1, 0]);
    expect(scene.preparation.prepared(one)).toBe(true);
    scene.preparation.check();
    expect(scene.starts).toBe(0);
    scene.preparation.prepared(two);
    scene.preparation.check();

    expect(scene.starts).toBe(1);
  });

  it('goes on without a worker that is gone, and with one that comes later', async () => {
    const scene = new Scene();
    const [one, two] = [scene.join('w1'), scene.join('w2')];
    scene.preparation.begin();
    scene.setup.resolve(null);
    await scene.settle();
    scene.preparation.prepared(one);

    scene.ready = [one];
    scene.preparation.check();
    const late = scene.join('w3');
    scene.preparation.tell(late);

    expect(scene.starts).toBe(1);
    expect(scene.told).toEqual(['w1 null', 'w2 null', 'w3 null']);
    expect(scene.preparation.prepared(late)).toBe(true);
    expect(scene.preparation.prepared(two)).toBe(true);
  });

  it('tells a worker anew under its next lease, and takes one answer a lease', async () => {
    const scene = new Scene();
    const one = scene.join('w1');
    scene.preparation.begin();
    expect(scene.preparation.prepared(one)).toBe(false);
    scene.setup.resolve(null);
    await scene.settle();
    expect(scene.preparation.prepared(one)).toBe(true);
    expect(scene.preparation.prepared(one)).toBe(false);

    one.lose(0);
    one.beginLease(0);
    one.ready();
    scene.preparation.check();
    scene.preparation.tell(one);

    expect(scene.starts).toBe(0);
    expect(scene.told).toHaveLength(2);
  });

  it('says what setup failed with, and tells nobody anything', async () => {
    const scene = new Scene();
    scene.join('w1');
    scene.preparation.begin();

    scene.setup.reject(new Error('no database'));
    await scene.settle();

    expect(scene.failures).toMatchObject([
      { type: 'stop', reason: 'script', error: { message: 'no database' } },
    ]);
    expect([scene.told.length, scene.starts, scene.preparation.isSetUp]).toEqual([0, 0, false]);
  });
});
