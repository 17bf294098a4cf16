import { describe, expect, it } from 'vitest';
import type { RunCommand } from '../../../src/ui/model/text/command.ts';
import { UiStore } from '../../../src/ui/ui-store.ts';
import { FakeClock } from '../../support/fake-clock.ts';
import { snapshotOf } from '../../support/snapshots.ts';

const finished = snapshotOf({ state: 'finished', second: 60 });

function openStore(lingerMs: number | null = 5000) {
  const clock = new FakeClock();
  const commands: RunCommand[] = [];
  const store = new UiStore({ clock, lingerMs, onCommand: (command) => commands.push(command) });
  return { clock, commands, store };
}

describe('UiStore', () => {
  it('shows the newest snapshot and leaves out one that is older', () => {
    const { store } = openStore();
    store.takeSnapshot(snapshotOf({ second: 20 }));

    store.takeSnapshot(snapshotOf({ second: 19 }));

    expect(store.content().snapshot?.seq).toBe(20);
  });

  it('tells its listeners of each change until they have had enough', () => {
    const { store } = openStore();
    let calls = 0;
    const unsubscribe = store.subscribe(() => calls++);

    store.takeSnapshot(snapshotOf());
    store.takeKey('2', {});
    unsubscribe();
    store.takeKey('3', {});

    expect(calls).toBe(2);
  });

  it('hands commands on, but keeps printed tables for the end', async () => {
    const { store, commands, clock } = openStore();
    store.takeSnapshot(snapshotOf());

    store.takeKey('w', {});
    store.takeKey('', { return: true });

    expect(commands).toEqual([{ type: 'add-users', delta: 1 }]);
    expect(store.content().state.notice).toBe('table will be printed at exit');
    await clock.advance(3000);
    expect(store.content().state.notice).toBeNull();
    expect(store.takeTables()).toHaveLength(1);
    expect(store.takeTables()).toHaveLength(0);
  });

  it('keeps the 20 newest of the printed tables', () => {
    const { store } = openStore();
    store.takeSnapshot(snapshotOf());

    for (let i = 0; i < 25; i++) store.takeKey('', { return: true });

    expect(store.takeTables()).toHaveLength(20);
  });

  it('counts down 5 s on a finished screen, then asks to quit', async () => {
    const { store, commands, clock } = openStore();

    store.takeSnapshot(finished);

    expect(store.content().state.closingInS).toBe(5);
    await clock.advance(4000);
    expect(store.content().state.closingInS).toBe(1);
    expect(commands).toEqual([]);
    await clock.advance(1000);
    expect(commands).toEqual([{ type: 'quit' }]);
  });

  it('stays open once any key was pressed on a finished screen', async () => {
    const { store, commands, clock } = openStore();
    store.takeSnapshot(finished);

    store.takeKey('2', {});
    await clock.advance(10_000);

    expect(store.content().state.closingInS).toBeNull();
    expect(commands).toEqual([]);
  });

  it('quits at once where there is nothing to linger for, and never where it lingers for ever', async () => {
    const short = openStore(0);
    const long = openStore(null);

    short.store.takeSnapshot(finished);
    long.store.takeSnapshot(finished);
    await long.clock.advance(60_000);

    expect(short.commands).toEqual([{ type: 'quit' }]);
    expect(long.commands).toEqual([]);
  });

  it('can be left before the first snapshot has come', () => {
    const { store, commands } = openStore();

    store.takeKey('w', {});
    store.takeKey('c', { ctrl: true });

    expect(commands).toEqual([{ type: 'interrupt' }, { type: 'quit' }]);
  });

  it('leaves no timer behind when it is closed', () => {
    const { store, clock } = openStore();
    store.takeSnapshot(finished);
    store.takeKey('', { return: true });

    store.close();

    expect(clock.pendingTimers).toBe(0);
  });
});
