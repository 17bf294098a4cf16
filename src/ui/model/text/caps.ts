/** What the terminal can show and whether it can be typed at. */
export interface Caps {
  readonly color: 'none' | '16';
  readonly glyphs: 'unicode' | 'ascii';
  /** Whether keys reach the program: standard input is a terminal. */
  readonly keys: boolean;
}

/** The environment variables that say something about the terminal; `process.env` is one of these. */
export interface TerminalEnv {
  readonly CI?: string | undefined;
  readonly NO_COLOR?: string | undefined;
  readonly TERM?: string | undefined;
  readonly TERM_PROGRAM?: string | undefined;
  readonly WT_SESSION?: string | undefined;
  readonly LC_ALL?: string | undefined;
  readonly LC_CTYPE?: string | undefined;
  readonly LANG?: string | undefined;
}

/** What {@link detectCaps} goes by. */
export interface TerminalFacts {
  /** The process's environment. */
  readonly env: TerminalEnv;
  readonly stdinIsTty: boolean;
  /** `process.platform`. */
  readonly platform: string;
  /** What the reader asked for; it counts more than what the environment says. */
  readonly color?: 'auto' | 'always' | 'never';
  readonly glyphs?: 'auto' | 'unicode' | 'ascii';
}

/** Finds out what the screen may use. */
export function detectCaps(facts: TerminalFacts): Caps {
  return { color: detectColor(facts), glyphs: detectGlyphs(facts), keys: facts.stdinIsTty };
}

/**
 * Whether a live screen can be drawn at all: standard output is a terminal that can move its cursor, and
 * `CI` does not say that this is a build machine, where Ink draws nothing.
 */
export function canDrawScreen(env: TerminalEnv, stdoutIsTty: boolean): boolean {
  const ci = env.CI ?? '';
  const isCi = ci !== '' && ci !== '0' && ci !== 'false';
  return stdoutIsTty && env.TERM !== 'dumb' && !isCi;
}

function detectColor({ env, color = 'auto' }: TerminalFacts): Caps['color'] {
  if (color !== 'auto') return color === 'always' ? '16' : 'none';
  const isOff = (env.NO_COLOR ?? '') !== '' || env.TERM === 'dumb';
  return isOff ? 'none' : '16';
}

function detectGlyphs({ env, platform, glyphs = 'auto' }: TerminalFacts): Caps['glyphs'] {
  if (glyphs !== 'auto') return glyphs;
  if (env.TERM === 'linux' || env.TERM === 'dumb') return 'ascii';
  if (platform === 'win32') return env.WT_SESSION || env.TERM_PROGRAM ? 'unicode' : 'ascii';
  // The first of the three that is set decides, as in POSIX.
  const locale = env.LC_ALL || env.LC_CTYPE || env.LANG || '';
  return /utf-?8/i.test(locale) ? 'unicode' : 'ascii';
}
