import { execFileSync } from 'node:child_process';
import { ProcessTree } from '../../support/katydid-process.ts';
import { until } from '../../support/until.ts';

/** How often terminals were opened by this process: each has a tmux server of its own. */
let opened = 0;

/** What the shell prints when it waits for a command. */
const PROMPT = 'prompt> ';

/** A real terminal with a shell in it: `using terminal = new TmuxTerminal(folder, …)`. */
export class TmuxTerminal {
  readonly #socket: string;
  readonly #tree = new ProcessTree();

  /**
   * @param cwd - Where the shell is.
   * @throws {TypeError} Where tmux is missing.
   */
  constructor(cwd: string, columns = 80, rows = 24) {
    opened += 1;
    this.#socket = `kd-e2e-${process.pid}-${opened}`;
    const { PATH } = process.env;
    // Nothing of this process's own environment: CI=true would blank the live screen.
    const env = { PATH, HOME: cwd, TERM: 'tmux-256color', LANG: 'C.UTF-8', HISTFILE: '/dev/null' };
    const variables = Object.entries({ ...env, ...this.#tree.environment() });
    const size = ['-x', String(columns), '-y', String(rows)];
    requireTmux();
    const shell = ['env', '-i', ...variables.map(([name, value]) => `${name}='${value}'`)];
    const command = [...shell, `PS1='${PROMPT}'`, 'bash --norc --noprofile'].join(' ');
    this.#tmux('-f', '/dev/null', 'new-session', '-d', ...size, '-c', cwd, command);
  }

  /** What is on the screen now, a line each. */
  screen(): string {
    return this.#tmux('capture-pane', '-p');
  }

  /** What is on the screen and what was scrolled out of it. */
  scrollback(): string {
    return this.#tmux('capture-pane', '-p', '-S', '-1000');
  }

  /** Waits until the screen shows something. @returns The screen. */
  async shows(pattern: RegExp): Promise<string> {
    try {
      return await until(String(pattern), () => {
        const screen = this.screen();
        return pattern.test(screen) ? screen : undefined;
      });
    } catch (cause) {
      throw new TypeError(`never on the screen: ${pattern}\n${this.scrollback()}`, { cause });
    }
  }

  /** Waits until the shell asks for a command again. @returns Everything up to there. */
  async prompts(): Promise<string> {
    await this.shows(/\nprompt> ?\n*$/);
    return this.scrollback();
  }

  /** Waits until nothing but the shell runs, whatever was started in it. */
  async idle(): Promise<void> {
    await until('the end of what runs in the terminal', () => this.#tree.pids().length === 1);
  }

  /** Types a line and Enter. */
  command(text: string): void {
    this.#tmux('send-keys', '-l', text);
    this.keys('Enter');
  }

  /** Presses keys, by tmux's names: `w`, `Enter`, `C-c`. */
  keys(...names: readonly string[]): void {
    this.#tmux('send-keys', ...names);
  }

  /** Changes the size, as dragging a window's corner does. */
  resize(columns: number, rows: number): void {
    this.#tmux('resize-window', '-x', String(columns), '-y', String(rows));
  }

  [Symbol.dispose](): void {
    this.#tmux('kill-server');
    this.#tree[Symbol.dispose]();
  }

  #tmux(...args: readonly string[]): string {
    return execFileSync('tmux', ['-L', this.#socket, ...args], { encoding: 'utf8' });
  }
}

function requireTmux(): void {
  try {
    execFileSync('tmux', ['-V'], { stdio: 'ignore' });
  } catch (cause) {
    throw new TypeError(
      'Debian package is missing: tmux (scripts/install-test-tools.sh installs it)',
      { cause },
    );
  }
}
