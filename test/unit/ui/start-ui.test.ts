import { PassThrough, Writable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { RunSnapshot } from '../../../src/stats/snapshot/run-snapshot.ts';
import type { RunCommand } from '../../../src/ui/model/text/command.ts';
import { startUi, type UiOptions } from '../../../src/ui/start-ui.tsx';
import { FakeClock } from '../../support/fake-clock.ts';
import { snapshotOf } from '../../support/snapshots.ts';

/** A terminal of its own: what was written to it, and whether it is in raw mode. */
class FakeTerminal {
  output = '';
  isRaw = false;
  readonly stdin: PassThrough;
  readonly stdout: Writable;

  constructor(columns: number, rows: number) {
    this.stdin = Object.assign(new PassThrough(), {
      isTTY: true,
      setRawMode: (isRaw: boolean) => {
        this.isRaw = isRaw;
      },
      ref: () => undefined,
      unref: () => undefined,
    });
    const stdout = new Writable({
      write: (chunk, _encoding, done) => {
        this.output += String(chunk);
        done();
      },
    });
    this.stdout = Object.assign(stdout, { isTTY: true, columns, rows });
  }
}

function open(extra: Partial<UiOptions> = {}) {
  const terminal = new FakeTerminal(80, 24);
  const commands: RunCommand[] = [];
  const errors: unknown[] = [];
  let listener: (snapshot: RunSnapshot) => void = () => undefined;
  const ui = startUi({
    source: {
      subscribe: (next) => {
        listener = next;
        return () => undefined;
      },
    },
    // Stands in for a terminal's streams: Ink uses no more of them than is there.
    stdout: terminal.stdout as NodeJS.WriteStream,
    stdin: terminal.stdin as unknown as NodeJS.ReadStream,
    caps: { color: 'none', glyphs: 'unicode', keys: true },
    clock: new FakeClock(),
    onCommand: (command) => commands.push(command),
    onError: (error) => errors.push(error),
    ...extra,
  });
  return { ui, terminal, commands, errors, show: (snapshot: RunSnapshot) => listener(snapshot) };
}

const ENTER_ALTERNATE = '\u001B[?1049h';
const LEAVE_ALTERNATE = '\u001B[?1049l';
const SHOW_CURSOR = '\u001B[?25h';

describe('startUi', () => {
  it('draws each new snapshot on the alternate screen', async () => {
    const { ui, terminal, show } = open();

    show(snapshotOf());
    await vi.waitFor(() => expect(terminal.output).toContain('1,200'));

    expect(terminal.output).toContain(ENTER_ALTERNATE);
    expect(terminal.output).toContain('/api/checkout');
    await ui.finish();
  });

  it('turns keys into commands', async () => {
    const { ui, terminal, commands, show } = open();
    show(snapshotOf());
    await vi.waitFor(() => expect(terminal.isRaw).toBe(true));

    terminal.stdin.write('w');
    await vi.waitFor(() => expect(commands).toHaveLength(1));
    terminal.stdin.write('q');
    terminal.stdin.write('y');
    await vi.waitFor(() => expect(commands).toHaveLength(2));

    expect(commands).toEqual([{ type: 'add-users', delta: 1 }, { type: 'quit' }]);
    await ui.finish();
  });

  it('ignores what is pasted outside a prompt', async () => {
    const { ui, terminal, commands, show } = open();
    show(snapshotOf());
    await vi.waitFor(() => expect(terminal.isRaw).toBe(true));

    terminal.stdin.write('\u001B[200~wWqy\u001B[201~');
    terminal.stdin.write('s');
    await vi.waitFor(() => expect(commands).not.toHaveLength(0));

    expect(commands).toEqual([{ type: 'add-users', delta: -1 }]);
    await ui.finish();
  });

  it('restores the terminal on finish and then prints the tables that were asked for', async () => {
    const { ui, terminal, show } = open();
    show(snapshotOf());
    await vi.waitFor(() => expect(terminal.isRaw).toBe(true));
    terminal.stdin.write('\r');
    await vi.waitFor(() => expect(terminal.output).toContain('table will be printed at exit'));

    await ui.finish();
    await ui.finish();

    const after = terminal.output.slice(terminal.output.lastIndexOf(LEAVE_ALTERNATE));
    expect(terminal.isRaw).toBe(false);
    expect(terminal.output).toContain(SHOW_CURSOR);
    expect(after.match(/load\.ts -> http/g)).toHaveLength(1);
  });

  it('gives the terminal back while it is suspended and draws again afterwards', async () => {
    let resume = (): void => undefined;
    const onSuspend = () =>
      new Promise<void>((resolve) => {
        resume = resolve;
      });
    const { ui, terminal, show } = open({ onSuspend });
    show(snapshotOf());
    await vi.waitFor(() => expect(terminal.isRaw).toBe(true));

    terminal.stdin.write('\u001A');
    await vi.waitFor(() => expect(terminal.isRaw).toBe(false));
    expect(terminal.output.endsWith(ENTER_ALTERNATE)).toBe(false);
    expect(terminal.output).toContain(LEAVE_ALTERNATE);
    const written = terminal.output.length;
    await vi.waitFor(() => {
      resume();
      expect(terminal.isRaw).toBe(true);
    });
    await vi.waitFor(() => expect(terminal.output.slice(written)).toContain('/api/checkout'));

    await ui.finish();
  });

  it('restores the terminal and reports where a snapshot cannot be drawn', async () => {
    const { terminal, errors, show } = open();

    // Not a snapshot at all: what a broken connection might deliver.
    show({ state: 'steady', users: null } as unknown as RunSnapshot);
    await vi.waitFor(() => expect(errors).toHaveLength(1));

    expect(errors[0]).toBeInstanceOf(Error);
    expect(terminal.output).toContain(LEAVE_ALTERNATE);
    expect(terminal.isRaw).toBe(false);
  });

  it('listens to no key where stdin is no terminal', async () => {
    const { ui, terminal, show } = open({
      caps: { color: 'none', glyphs: 'unicode', keys: false },
    });

    show(snapshotOf());
    await vi.waitFor(() => expect(terminal.output).toContain('keys off: stdin is not a terminal'));

    expect(terminal.isRaw).toBe(false);
    await ui.finish();
  });
});
